/** One rule of an AuthorizationPolicy against one caller (Istio, Authorization Policy: from, to and when). */
import type { NetworkPort } from '../../model/kubernetes.ts';
import type { AuthorizationRule, MeshOperation } from '../../model/mesh.ts';
import { allNeeds, anyNeeds, type MeshCaller, type Needs, sourceNeeds } from './caller.ts';
import { ALL_PORTS, intersect, networkPorts, type PortSet, portsOf } from './ports.ts';

/** Traffic that a rule means: these ports, if what it requires holds. */
export type RuleMatch = { ports: readonly NetworkPort[]; requires: readonly string[] };

/** One match per operation; none where the rule is not about this caller. */
export function ruleMatchesOf(
  rule: AuthorizationRule,
  caller: MeshCaller,
  policyNamespace: string,
): RuleMatch[] {
  const from = rule.from
    ? anyNeeds(rule.from.map((source) => sourceNeeds(source, caller, policyNamespace)))
    : [];
  const when = rule.when.map(({ source }) => sourceNeeds(source, caller, policyNamespace));
  const needs = allNeeds([from, ...when, rule.when.flatMap(({ operation }) => operation.requires)]);
  if (needs === null) return [];
  const ports = rule.when.reduce((set, { operation }) => narrowed(set, operation), ALL_PORTS);
  return (rule.to ?? [null]).flatMap((operation) => operationMatch(operation, ports, needs));
}

function operationMatch(
  operation: MeshOperation | null,
  ports: PortSet,
  needs: NonNullable<Needs>,
): RuleMatch[] {
  const set = operation ? narrowed(ports, operation) : ports;
  if (set.length === 0 || operation?.never) return [];
  return [{ ports: networkPorts(set), requires: [...needs, ...(operation?.requires ?? [])] }];
}

function narrowed(set: PortSet, { ports, notPorts }: MeshOperation): PortSet {
  if (ports.length === 0 && notPorts.length === 0) return set;
  return intersect(set, portsOf(ports, notPorts));
}

/** Whether a rule asks who calls at all: one that does not is a door open to everyone. */
export function namesCallers({ from, when }: AuthorizationRule): boolean {
  const sources = [...(from ?? []), ...when.map(({ source }) => source)];
  return sources.some((one) =>
    [
      one.principals,
      one.namespaces,
      one.serviceAccounts,
      one.notPrincipals,
      one.notNamespaces,
      one.notServiceAccounts,
    ].some((patterns) => patterns.length > 0),
  );
}

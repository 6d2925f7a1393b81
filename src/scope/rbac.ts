/** Kubernetes permissions of a ServiceAccount: every binding that reaches it, by name or by an implicit group. */
import type { Capability, Hop } from '../model/configured.ts';
import type { RoleBinding, Subject } from '../model/kubernetes.ts';
import { serviceAccountPrincipal } from '../model/workload.ts';
import { refName } from './describe.ts';
import { describeRule } from './describe-rule.ts';
import type { GrantedRule, RoleIndex } from './rbac-roles.ts';

type Edge = { binding: RoleBinding; subject: Subject; index: number };
/** Subject → bindings, so that a ServiceAccount costs its own bindings and not all of the cluster's. */
export type BindingIndex = ReadonlyMap<string, readonly Edge[]>;
export type Principal = { namespace: string; name: string };

export function indexBindings(bindings: readonly RoleBinding[]): BindingIndex {
  const index = new Map<string, Edge[]>();
  for (const binding of bindings) {
    binding.subjects.forEach((subject, position) => {
      const key = subjectKey(subject, binding.ref.namespace);
      if (key === null) return;
      const edge = { binding, subject, index: position };
      const edges = index.get(key);
      if (edges) edges.push(edge);
      else index.set(key, [edge]);
    });
  }
  return index;
}

/** A ServiceAccount without namespace is of the RoleBinding's; in a ClusterRoleBinding it is nobody. */
function subjectKey({ kind, name, namespace }: Subject, bindingNamespace: string | null): string | null {
  if (kind !== 'ServiceAccount') return `${kind}:${name}`;
  const where = namespace || bindingNamespace;
  return where ? `User:${serviceAccountPrincipal(where, name)}` : null;
}

/** The groups of every ServiceAccount (apiserver, serviceaccount.MakeGroupNames), and of whoever is authenticated. */
export function implicitGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
}

/** `unread(kind, namespace)`: why roles of that kind are not fully known; null: they are, and a missing one grants nothing. */
export function kubernetesCapabilities(
  principal: Principal,
  bindings: BindingIndex,
  roles: RoleIndex,
  unread: (kind: 'Role' | 'ClusterRole', namespace: string | null) => string | null,
): Capability[] {
  const capabilities: Capability[] = [];
  for (const edge of edgesOf(principal, bindings)) {
    const { role: ref } = edge.binding;
    const role = roles.find(ref.kind, edge.binding.ref.namespace, ref.name);
    const gap = role ? null : unread(ref.kind, edge.binding.ref.namespace);
    for (const granted of role ? roles.rulesOf(role) : [])
      capabilities.push(grantedCapability(principal, edge, granted));
    if (gap !== null) capabilities.push(unknownCapability(principal, edge, gap));
  }
  return capabilities;
}

/** One edge per binding; where a binding names both the ServiceAccount and a group of it, the name stays. */
function edgesOf({ namespace, name }: Principal, bindings: BindingIndex): Edge[] {
  const keys = [
    `User:${serviceAccountPrincipal(namespace, name)}`,
    ...implicitGroups(namespace).map((group) => `Group:${group}`),
  ];
  const edges = new Map<RoleBinding, Edge>();
  for (const edge of keys.flatMap((key) => bindings.get(key) ?? []))
    if (!edges.has(edge.binding)) edges.set(edge.binding, edge);
  return [...edges.values()];
}

function grantedCapability(principal: Principal, edge: Edge, { rule, hops }: GrantedRule): Capability {
  const { namespace } = edge.binding.ref;
  const path = [...subjectHops(principal, edge), ...hops];
  const last = hops.at(-1)!;
  return {
    ...base(principal, path, `${refName(edge.binding.ref)}/${last.object}/${last.field}`),
    summary: describeRule(rule, namespace),
    allow: [{ type: 'kubernetes', namespace, rule }],
    conditions: [],
    effect: 'allow',
  };
}

function unknownCapability(principal: Principal, edge: Edge, gap: string): Capability {
  const { binding } = edge;
  const role = `${binding.role.kind} ${binding.role.name}`;
  return {
    ...base(principal, subjectHops(principal, edge), `${refName(binding.ref)}/${role}`),
    summary: `whatever ${role} grants`,
    allow: [],
    conditions: [`${role} was not read: ${gap}`],
    effect: 'conditional',
  };
}

function base(principal: Principal, path: readonly Hop[], key: string) {
  const id = serviceAccountPrincipal(principal.namespace, principal.name);
  return {
    id: `kubernetes-action:${id}:${key}`,
    holder: { type: 'principal' as const, id },
    kind: 'kubernetes-action' as const,
    deny: [],
    origin: path.some((hop) => hop.inherited) ? ('inherited' as const) : ('direct' as const),
    path,
    source: 'rbac',
  };
}

/**
 * The ServiceAccount and the binding. Own configuration is a binding of its namespace, or a cluster-wide one, that
 * names the ServiceAccount; a group, or a binding in another namespace, does not show where the agent is configured.
 */
function subjectHops(principal: Principal, { binding, subject, index }: Edge): Hop[] {
  const account: Hop = {
    object: `ServiceAccount ${principal.namespace}/${principal.name}`,
    ref: null,
    field: 'metadata.name',
    why: 'the pods run as it',
    inherited: false,
  };
  const group: Hop = {
    object: `Group ${subject.name}`,
    ref: null,
    field: 'groups',
    why: groupReason(subject.name),
    inherited: true,
  };
  const elsewhere = binding.ref.namespace !== null && binding.ref.namespace !== principal.namespace;
  const named = subject.kind !== 'Group';
  const bound: Hop = {
    object: refName(binding.ref),
    ref: binding.ref,
    field: `subjects[${index}]`,
    why: `binds ${subject.kind} ${subject.name} to ${binding.role.kind} ${binding.role.name}`,
    inherited: !named || elsewhere,
  };
  return named ? [account, bound] : [account, group, bound];
}

function groupReason(group: string): string {
  if (group === 'system:authenticated') return 'everybody who is authenticated is in it';
  return group === 'system:serviceaccounts'
    ? 'every ServiceAccount of the cluster is in it'
    : 'every ServiceAccount of the namespace is in it';
}

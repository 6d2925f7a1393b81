/** The identities that a subject of a cluster can become by its permissions there. */
import type { Capability, Hop, IdentityEdge, Pattern } from '../model/configured.ts';
import { grantsOf, type Reach, type RuleCache, reachesOf } from './rbac-grants.ts';
import { accountsIn, type IdentityIndex, tokensIn } from './rbac-identities.ts';
import { MECHANISMS, type Mechanism } from './rbac-mechanisms.ts';
import { PRIVILEGED_GROUP } from './rbac-subject.ts';

/** More targets, or more namespaces, than this become one edge to a pattern. */
const MAX_EDGES = 16;
const ANY_ACCOUNT = 'system:serviceaccount:*';
const NONE: readonly string[] = [];
const RULES: RuleCache = new WeakMap();

/** `many`: how many identities it stands for. */
type Target = { to: string; why: string; conditions: readonly string[]; many?: number };

/**
 * `principal`: as observed ones are written, `capabilities`: what it may do. `to`: a user (`*`: any), `group:name`,
 * `uid:name`, `extra:name`, `ClusterRole name` for what may be bound, or a pattern of ServiceAccounts with how many
 * they are: `system:serviceaccount:research:*`, `system:serviceaccount:*`.
 */
export function kubernetesEdges(
  principal: string,
  capabilities: readonly Capability[],
  identities: IdentityIndex,
): IdentityEdge[] {
  const grants = grantsOf(capabilities, RULES);
  if (grants.size === 0) return [];
  const reached = new Map<string, readonly Reach[]>();
  const edges: IdentityEdge[] = [];
  for (const mechanism of MECHANISMS) {
    const better = reached.get(mechanism.unless ?? '') ?? [];
    const all = reachesOf(mechanism, grants);
    reached.set(mechanism.by, all);
    const reaches = all.filter(
      ({ scope }) => !better.some((one) => one.scope === null || one.scope === scope),
    );
    edges.push(...edgesOf(principal, mechanism, reaches, identities));
  }
  return edges;
}

function edgesOf(
  principal: string,
  mechanism: Mechanism,
  reaches: readonly Reach[],
  identities: IdentityIndex,
): IdentityEdge[] {
  const found = reaches.map((reach) => ({ reach, targets: targetsOf(mechanism, reach, identities) }));
  const total = countOf(found.flatMap(({ targets }) => targets));
  const folded =
    total <= MAX_EDGES
      ? found
      : found.length <= MAX_EDGES
        ? found.map(({ reach, targets }) => ({ reach, targets: fold(reach.scope, targets) }))
        : [
            {
              reach: found[0]!.reach,
              targets: fold(
                null,
                found.flatMap(({ targets }) => targets),
              ),
            },
          ];
  return folded.flatMap(({ reach, targets }) => {
    const before = [...new Set(reach.used.flatMap(({ capability }) => capability.path))];
    const others = targets.filter(({ to }) => to !== principal);
    const always = alwaysOf(mechanism, reach, identities);
    return others.map((target) => edge({ from: principal, by: mechanism.by, before, always }, target));
  });
}

/** Several targets of one place as one. */
function fold(scope: string | null, targets: readonly Target[]): Target[] {
  if (targets.length < 2) return [...targets];
  const accounts = targets.every(({ to }) => to.startsWith('system:serviceaccount:'));
  const conditions = [...new Set(targets.flatMap((one) => one.conditions))].slice(0, MAX_EDGES);
  const many = countOf(targets);
  if (accounts) return [{ ...accountsOf(scope, many), conditions }];
  const where = scope === null ? 'the cluster' : scope;
  return [{ to: '*', why: `${many} identities of ${where}`, conditions, many }];
}

function accountsOf(scope: string | null, many: number): Target {
  const [to, where] = scope === null ? [ANY_ACCOUNT, 'the cluster'] : [patternOf(scope), scope];
  return { to, why: `${many} ServiceAccounts of ${where}`, conditions: NONE, many };
}

function patternOf(namespace: string): string {
  return `system:serviceaccount:${namespace}:*`;
}

function countOf(targets: readonly Target[]): number {
  return targets.reduce((sum, { many = 1 }) => sum + many, 0);
}

/** What holds for every target of a mechanism. */
function alwaysOf(
  { conditions = NONE, admitted }: Mechanism,
  { scope }: Reach,
  identities: IdentityIndex,
): readonly string[] {
  const admission = admitted ? identities.admission(scope) : null;
  return admission === null ? conditions : [...conditions, admission];
}

type Start = { from: string; by: string; before: readonly Hop[]; always: readonly string[] };

function edge({ from, by, before, always }: Start, { to, why, conditions: own }: Target): IdentityEdge {
  const last: Hop = { object: to, ref: null, field: 'name', why, inherited: false };
  const conditions = own.length > 0 ? [...always, ...own] : always;
  const effect = conditions.length > 0 ? 'conditional' : 'allow';
  return { from, to, by, effect, path: [...before, last], conditions };
}

function targetsOf(mechanism: Mechanism, { scope, names, used }: Reach, index: IdentityIndex): Target[] {
  const { by, target } = mechanism;
  const known = (ids: readonly string[], resource: 'serviceaccounts' | 'pods'): Target[] => {
    const gap = index.gap(resource, scope);
    const targets =
      ids.length > MAX_EDGES
        ? [accountsOf(scope, ids.length)]
        : ids.map((to) => ({ to, why: by, conditions: NONE }));
    return gap === null || names !== null ? targets : [...targets, unread(scope, gap)];
  };
  switch (target) {
    case 'account':
      return known(accountsIn(index, scope, names), 'serviceaccounts');
    case 'runs':
      return known(accountsIn(index, scope, null), 'serviceaccounts');
    case 'pod':
      return known(
        tokensIn(index, scope, ({ pod }) => names === null || (pod !== null && names.includes(pod))),
        'pods',
      );
    case 'node':
      return known(
        tokensIn(index, null, ({ node }) => names === null || (node !== null && names.includes(node))),
        'pods',
      );
    case 'anybody':
      return [{ to: '*', why: `${by}: any identity of the cluster`, conditions: NONE }];
    case 'role':
      return rolesBound(by, scope, names, used);
    case 'user':
      return named('', names);
    default:
      return named(`${target}:`, names);
  }
}

function unread(scope: string | null, gap: string): Target {
  const to = scope === null ? ANY_ACCOUNT : patternOf(scope);
  return { to, why: 'not all of them are known', conditions: [gap] };
}

function named(prefix: string, names: readonly string[] | null): Target[] {
  if (names === null)
    return [{ to: prefix === '' ? '*' : `${prefix}*`, why: 'whichever it names', conditions: NONE }];
  return names.map((name) => ({
    to: `${prefix}${name}`,
    why: 'may be named in a request',
    conditions: NONE,
  }));
}

/** Any role, so cluster-admin too: as good as the group that bypasses RBAC, or as all that runs in the namespaces. */
function rolesBound(
  by: string,
  scope: string | null,
  names: readonly string[] | null,
  used: Reach['used'],
): Target[] {
  const conditions = NONE;
  if (names !== null) {
    const kind = used[0]!.capability.allow.some(namesClusterRoles) ? 'ClusterRole' : 'Role';
    return names.map((name) => ({ to: `${kind} ${name}`, why: 'may be bound to it', conditions }));
  }
  if (by === 'bind clusterroles')
    return [{ to: `group:${PRIVILEGED_GROUP}`, why: `${by}: cluster-admin too`, conditions }];
  const [to, where] = scope === null ? [ANY_ACCOUNT, 'every namespace'] : [patternOf(scope), scope];
  return [{ to, why: `${by}: every permission in ${where}`, conditions }];
}

function namesClusterRoles(pattern: Pattern): boolean {
  return (
    pattern.type === 'kubernetes' &&
    pattern.rule.resources.some((one) => one === 'clusterroles' || one === '*')
  );
}

/** The identities that a subject of a cluster can become by its permissions there. */
import type { Capability, Hop, IdentityEdge, Pattern } from '../model/configured.ts';
import { grantsOf, type Reach, type RuleCache, reachesOf } from './rbac-grants.ts';
import { accountsIn, type IdentityIndex, tokensIn } from './rbac-identities.ts';
import { MECHANISMS, type Mechanism } from './rbac-mechanisms.ts';
import { PRIVILEGED_GROUP } from './rbac-subject.ts';

/** More targets, or more namespaces, than this become one edge to a pattern. */
const MAX_EDGES = 16;
const ANY_ACCOUNT = 'system:serviceaccount:*';
const RULES: RuleCache = new WeakMap();

type Target = { to: string; why: string; conditions: readonly string[] };

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
  const total = found.reduce((sum, { targets }) => sum + targets.length, 0);
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
  return folded.flatMap(({ reach, targets }) =>
    targets.filter(({ to }) => to !== principal).map((target) => edge(principal, mechanism, reach, target)),
  );
}

/** Several targets of one place as one. */
function fold(scope: string | null, targets: readonly Target[]): Target[] {
  if (targets.length < 2) return [...targets];
  const accounts = targets.every(({ to }) => to.startsWith('system:serviceaccount:'));
  const to = accounts ? (scope === null ? ANY_ACCOUNT : `system:serviceaccount:${scope}:*`) : '*';
  const what = accounts ? 'ServiceAccounts' : 'identities';
  const where = scope === null ? 'the cluster' : scope;
  const conditions = [...new Set(targets.flatMap((one) => one.conditions))].slice(0, MAX_EDGES);
  return [{ to, why: `${targets.length} ${what} of ${where}`, conditions }];
}

function edge(from: string, mechanism: Mechanism, { used }: Reach, target: Target): IdentityEdge {
  const conditions = [...(mechanism.conditions ?? []), ...target.conditions];
  const last: Hop = { object: target.to, ref: null, field: 'name', why: target.why, inherited: false };
  const path = [...new Set(used.flatMap(({ capability }) => capability.path)), last];
  const effect = conditions.length > 0 ? 'conditional' : 'allow';
  return { from, to: target.to, by: mechanism.by, effect, path, conditions };
}

function targetsOf(mechanism: Mechanism, { scope, names, used }: Reach, index: IdentityIndex): Target[] {
  const { by, target } = mechanism;
  const known = (ids: readonly string[], resource: 'serviceaccounts' | 'pods'): Target[] => {
    const gap = index.gap(resource, scope);
    const targets = ids.map((to) => ({ to, why: by, conditions: [] }));
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
      return [{ to: '*', why: `${by}: any identity of the cluster`, conditions: [] }];
    case 'role':
      return rolesBound(by, scope, names, used);
    case 'user':
      return named('', names);
    default:
      return named(`${target}:`, names);
  }
}

function unread(scope: string | null, gap: string): Target {
  const to = scope === null ? ANY_ACCOUNT : `system:serviceaccount:${scope}:*`;
  return { to, why: 'not all of them are known', conditions: [gap] };
}

function named(prefix: string, names: readonly string[] | null): Target[] {
  if (names === null)
    return [{ to: prefix === '' ? '*' : `${prefix}*`, why: 'whichever it names', conditions: [] }];
  return names.map((name) => ({ to: `${prefix}${name}`, why: 'may be named in a request', conditions: [] }));
}

/** Any role, so cluster-admin too: as good as the group that bypasses RBAC, or as all that runs in the namespaces. */
function rolesBound(
  by: string,
  scope: string | null,
  names: readonly string[] | null,
  used: Reach['used'],
): Target[] {
  const conditions: string[] = [];
  if (names !== null) {
    const kind = used[0]!.capability.allow.some(namesClusterRoles) ? 'ClusterRole' : 'Role';
    return names.map((name) => ({ to: `${kind} ${name}`, why: 'may be bound to it', conditions }));
  }
  if (by === 'bind clusterroles')
    return [{ to: `group:${PRIVILEGED_GROUP}`, why: `${by}: cluster-admin too`, conditions }];
  const [to, where] =
    scope === null ? [ANY_ACCOUNT, 'every namespace'] : [`system:serviceaccount:${scope}:*`, scope];
  return [{ to, why: `${by}: every permission in ${where}`, conditions }];
}

function namesClusterRoles(pattern: Pattern): boolean {
  return (
    pattern.type === 'kubernetes' &&
    pattern.rule.resources.some((one) => one === 'clusterroles' || one === '*')
  );
}

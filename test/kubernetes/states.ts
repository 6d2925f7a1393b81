/** Random states of RBAC: aggregation in chains and circles, groups, names, dangling references. */
import type { Asker } from './review.ts';

export type State = {
  objects: readonly object[];
  askers: readonly Asker[];
  verbs: readonly string[];
  resources: readonly string[];
};

export const NAMESPACES = ['alpha', 'beta'];
const VERBS = ['get', 'list', 'create', 'update', 'impersonate'];
const RESOURCES = [
  'pods',
  'pods/log',
  'pods/exec',
  'secrets',
  'deployments.apps',
  'deployments.apps/scale',
  'widgets.example.org',
];
const RULE_RESOURCES = ['*', 'pods', 'pods/log', 'pods/*', '*/scale', 'secrets', 'deployments', 'widgets'];
const apiVersion = 'rbac.authorization.k8s.io/v1';

/** Numbers of [0, 1), the same for each seed. */
export function numbers(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

export function generateState(next: () => number, prefix: string): State {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
  const some = <T>(from: readonly T[], most: number): T[] =>
    Array.from({ length: 1 + Math.floor(next() * most) }, () => pick(from));
  const rule = (cluster: boolean): object =>
    cluster && next() < 0.15
      ? { verbs: [pick(['get', '*'])], nonResourceURLs: [pick(['/metrics', '/logs/*', '/custom', '*'])] }
      : {
          verbs: next() < 0.1 ? ['*'] : some(VERBS, 3),
          apiGroups: some(['', '', 'apps', 'example.org', '*'], 2),
          resources: some(RULE_RESOURCES, 2),
          ...(next() < 0.25 ? { resourceNames: ['one'] } : {}),
        };
  const rules = (cluster: boolean) => Array.from({ length: 1 + Math.floor(next() * 2) }, () => rule(cluster));
  const name = (kind: string, index: number) => `${prefix}-${kind}${index}`;
  const label = (index: number) => ({ [`${prefix}.example.org/set${index % 4}`]: 'true' });
  const plain = Array.from({ length: 14 }, (_, index) => ({
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name: name('plain', index), labels: next() < 0.7 ? label(index) : {} },
    rules: rules(true),
  }));
  // Each is labelled for the next one's selector, and the last for the first's: chains that close to a circle.
  const aggregated = Array.from({ length: 5 }, (_, index) => ({
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name: name('sum', index), labels: index === 4 && next() < 0.5 ? {} : label(index + 1) },
    aggregationRule: {
      clusterRoleSelectors: [
        { matchLabels: label(index) },
        ...(next() < 0.4
          ? [{ matchExpressions: [{ key: Object.keys(label(3))[0], operator: 'Exists' }] }]
          : []),
      ],
    },
    rules: [],
  }));
  const roles = NAMESPACES.flatMap((namespace) =>
    Array.from({ length: 3 }, (_, index) => ({
      apiVersion,
      kind: 'Role',
      metadata: { name: name('role', index), namespace },
      rules: rules(false),
    })),
  );
  const askers: Asker[] = [
    ...NAMESPACES.flatMap((namespace) =>
      ['a', 'b'].map((one) => ({ user: `system:serviceaccount:${namespace}:${prefix}-${one}` })),
    ),
    { user: `${prefix}@example.org`, groups: [`${prefix}-team`, 'system:authenticated'] },
  ];
  const subject = (): object => {
    const chance = next();
    if (chance < 0.5)
      return { kind: 'ServiceAccount', name: `${prefix}-${pick(['a', 'b'])}`, namespace: pick(NAMESPACES) };
    const apiGroup = 'rbac.authorization.k8s.io';
    if (chance < 0.7) return { kind: 'User', apiGroup, name: pick(askers).user };
    const group = pick([
      `${prefix}-team`,
      `system:serviceaccounts:${pick(NAMESPACES)}`,
      'system:serviceaccounts',
    ]);
    return { kind: 'Group', apiGroup, name: group };
  };
  const clusterRole = () => pick([...plain, ...aggregated, { metadata: { name: 'view' } }]).metadata.name;
  const binding = (index: number): object => {
    const namespace = next() < 0.6 ? pick(NAMESPACES) : null;
    const dangling = next() < 0.1;
    const role = namespace !== null && next() < 0.4 ? pick(roles).metadata.name : null;
    const roleRef = {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: role === null ? 'ClusterRole' : 'Role',
      name: dangling ? 'missing' : (role ?? clusterRole()),
    };
    const kind = namespace === null ? 'ClusterRoleBinding' : 'RoleBinding';
    const metadata = { name: name('bind', index), ...(namespace === null ? {} : { namespace }) };
    return { apiVersion, kind, metadata, roleRef, subjects: [subject(), subject()] };
  };
  return {
    objects: [...plain, ...aggregated, ...roles, ...Array.from({ length: 12 }, (_, index) => binding(index))],
    askers,
    verbs: VERBS,
    resources: RESOURCES,
  };
}

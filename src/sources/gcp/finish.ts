/** The estate of everything that was read, sorted, with what was not. */
import type { GcpDenyPolicy, GcpEstate, GcpNode } from '../../model/gcp.ts';
import type { SourceCoverage } from '../../model/kubernetes.ts';
import * as convert from './convert.ts';
import { PARTS, type Part, type Place, sourceOf } from './layout.ts';
import { projectOfName } from './names.ts';
import type { Store } from './store.ts';

export function finishEstate(store: Store, readAt: string | null): GcpEstate {
  const nodes = nodesOf(store);
  const numbers = new Map(nodes.map(({ name, number }) => [`projects/${number}`, name]));
  const canonical = (name: string) => numbers.get(name) ?? name;
  const denyPolicies = [...store.denyPolicies.values()]
    .map(convert.convertDenyPolicy)
    .filter((one) => one !== null);
  return {
    nodes,
    policies: sorted([...store.policies.values()], ({ resource }) => resource),
    roles: sorted([...store.roles.values()], ({ name }) => name).map(
      ({ name, includedPermissions = [], deleted, stage }) => ({
        name,
        permissions: includedPermissions,
        // Bindings of a disabled role stay, and grant nothing.
        deleted: deleted || stage === 'DISABLED',
      }),
    ),
    serviceAccounts: sorted([...store.accounts.values()].map(convert.convertAccount), ({ email }) => email),
    denyPolicies: sorted(denyPolicies, ({ name }) => name),
    boundaries: sorted([...store.boundaries.values()].map(convert.convertBoundary), ({ name }) => name),
    boundaryBindings: sorted(bindingsOf(store), ({ name }) => name),
    clusters: sorted([...store.clusters.values()].map(convert.convertCluster), ({ name }) => name),
    providers: sorted([...store.providers.values()], ({ name }) => name).map((one) =>
      convert.convertProvider(one, store.pools),
    ),
    readAt: store.reading?.readAt ?? readAt,
    coverage: coverageOf(store, { canonical, denyPolicies }),
    warnings: [...store.warnings, ...unmodelled(store)],
  };
}

function sorted<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b))));
}

function nodesOf({ projects, nodes, parents }: Store): GcpNode[] {
  const found = new Map<string, GcpNode>();
  const names = new Set([...parents.keys(), ...parents.values()]);
  for (const name of names) found.set(name, { name, number: null, parent: parents.get(name) ?? null });
  // The last ancestor is only known to be the top where it is an organization.
  for (const [name, { parent }] of found)
    if (parent === null && !name.startsWith('organizations/')) found.delete(name);
  for (const { name, parent } of nodes.values())
    found.set(name, { name, number: null, parent: parent ?? null });
  for (const project of projects.values()) {
    const node = convert.convertProject(project);
    found.set(node.name, { ...node, parent: node.parent ?? parents.get(node.name) ?? null });
  }
  // An organization is the top, whether or not it was described.
  for (const { parent } of [...found.values()])
    if (parent?.startsWith('organizations/') && !found.has(parent))
      found.set(parent, { name: parent, number: null, parent: null });
  return sorted([...found.values()], ({ name }) => name);
}

/** The third kind of policy that bindings bind, of Eventarc so far, is not judged. */
function bindingsOf({ bindings }: Store) {
  return [...bindings.values()].filter(isBoundary).map(convert.convertBinding);
}

function isBoundary({ policyKind }: { policyKind: string }): boolean {
  return policyKind === '' || policyKind === 'PRINCIPAL_ACCESS_BOUNDARY';
}

function unmodelled({ bindings }: Store): string[] {
  const others = [...bindings.values()].filter((one) => !isBoundary(one));
  if (others.length === 0) return [];
  return [
    `${others.length} policy bindings of kind ${others[0]!.policyKind} are not modelled: ${others[0]!.name} …`,
  ];
}

type Facts = { canonical: (name: string) => string; denyPolicies: readonly GcpDenyPolicy[] };
type Row = Pick<SourceCoverage, 'status' | 'objects' | 'reason'>;

/** What a live reading could not read goes before what its files show. */
function coverageOf(store: Store, { canonical, denyPolicies }: Facts): SourceCoverage[] {
  const rows = new Map<string, SourceCoverage>();
  const put = (place: Place, row: Row) => {
    const resource = canonical(place.resource);
    const source = sourceOf({ ...place, resource });
    rows.set(source, { source, resource: PARTS[place.part], namespaces: null, ...row });
  };
  const listed = [...store.lists.values()].filter(({ place }) => isShown(place));
  for (const { place, objects } of listed) put(place, { status: 'read', objects, reason: null });
  for (const { name, objects } of accountPolicies(store))
    put({ resource: name, part: 'service-account-policies' }, { status: 'read', objects, reason: null });
  put({ resource: '', part: 'roles' }, { status: 'read', objects: store.roles.size, reason: null });
  for (const { place, reason } of withoutRules(store, denyPolicies))
    put(place, { status: 'failed', objects: 0, reason });
  for (const { place, reason } of store.failures.values())
    put(place, { status: 'failed', objects: 0, reason });
  for (const { source, ...row } of store.reading?.coverage ?? []) {
    const part = source.slice(source.search(/[^/:]*$/)) as Part;
    if (Object.hasOwn(PARTS, part))
      rows.set(source, { source, resource: PARTS[part], namespaces: null, ...row });
  }
  return sorted([...rows.values()], ({ source }) => source);
}

/** Policies of single service accounts are one row a project, and roles one in all. */
function isShown({ resource, part }: Place): boolean {
  return (
    part !== 'roles' && part !== 'reading' && (part !== 'iam-policy' || resource.split('/').length === 2)
  );
}

function accountPolicies({ policies }: Store): { name: string; objects: number }[] {
  const counts = new Map<string, number>();
  for (const resource of policies.keys()) {
    if (!resource.includes('/serviceAccounts/')) continue;
    const name = `projects/${projectOfName(resource)}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, objects]) => ({ name, objects }));
}

function withoutRules(store: Store, read: readonly GcpDenyPolicy[]): { place: Place; reason: string }[] {
  const known = new Set(read.map(({ name }) => name));
  return [...store.denyPolicies.keys()]
    .filter((name) => !known.has(name))
    .map((name) => ({
      place: { resource: convert.attachmentOf(name) ?? 'unknown', part: 'deny-policies' as const },
      reason: `the rules of ${name} were not read: lists leave them out`,
    }));
}

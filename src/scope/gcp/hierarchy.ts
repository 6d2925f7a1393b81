/** Where a resource lies: organization → folders → project → resource. Policies of everything above hold for it. */
import { isBelow, nodeOf, prefixes } from '../../match/gcp/resource.ts';
import { known, type Ternary } from '../../match/ternary.ts';
import type { GcpEstate, GcpNode } from '../../model/gcp.ts';
import { memoized } from './memory.ts';

export type Ancestry = {
  /** The resource and all above it, nearest first. */
  names: readonly string[];
  /** Those of them that are projects, folders and organizations. */
  nodes: readonly string[];
  /** Null: known up to the top. Else why not. */
  gap: string | null;
};
export type Hierarchy = {
  /** Numbers of known projects become their ids. */
  canonical(name: string): string;
  ancestry(resource: string): Ancestry;
  /** Whether a resource lies in a node, or is it. */
  isIn(resource: string, node: string): Ternary;
  /** Number of a project, or id where the number is asked of; null: not known. */
  numberOf(node: string): string | null;
  /** Spellings of the name that services may use in `resource.name`. */
  spellings(resource: string): readonly string[];
  /** Projects that were read, at or below a node. */
  projectsIn(node: string): readonly string[];
};

/** The API allows ten levels of folders. */
const MAX_LEVELS = 32;

export function createHierarchy(estate: GcpEstate): Hierarchy {
  const { nodes, policies } = estate;
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const ids = idsByNumber(nodes);
  const canonical = memoized((name) => canonicalName(name, ids));
  const buckets = bucketsOf(policies.map(({ resource }) => canonical(resource)));
  const stranger = [...namedNumbers(estate)].find((name) => !ids.has(name)) ?? null;
  const above = memoized((node) => climb(node, { byName, canonical, stranger }));
  const ancestry = memoized((resource) => ancestryOf(located(canonical(resource), buckets), above));
  const isIn = (resource: string, node: string) => within(ancestry(resource), canonical(node));
  const projects = nodes.filter(({ name }) => name.startsWith('projects/')).map(({ name }) => name);
  return {
    canonical,
    ancestry,
    isIn,
    numberOf: (node) => byName.get(canonical(node))?.number ?? null,
    spellings: memoized((resource) => spellingsOf(canonical(resource), byName)),
    projectsIn: memoized((node) => projects.filter((project) => isIn(project, node) === 'yes')),
  };
}

function idsByNumber(nodes: readonly GcpNode[]): ReadonlyMap<string, string> {
  return new Map(
    nodes
      .filter(({ name, number }) => number !== null && name.startsWith('projects/'))
      .map(({ name, number }) => [`projects/${number}`, name]),
  );
}

function canonicalName(name: string, ids: ReadonlyMap<string, string>): string {
  const node = nodeOf(name);
  const id = node === null ? undefined : ids.get(node);
  return id === undefined ? name : `${id}${name.slice(node!.length)}`;
}

/** A bucket's name does not tell its project; a policy that was read of `projects/p/buckets/b` does. */
function bucketsOf(resources: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const resource of resources) {
    const [, project, collection, bucket, ...more] = resource.split('/', 5);
    if (collection === 'buckets' && project !== '_' && more.length === 0)
      found.set(`projects/_/buckets/${bucket}`, resource);
  }
  return found;
}

function located(resource: string, buckets: ReadonlyMap<string, string>): string {
  if (!resource.startsWith('projects/_/buckets/')) return resource;
  const bucket = resource.split('/', 4).join('/');
  const real = buckets.get(bucket);
  return real === undefined ? resource : `${real}${resource.slice(bucket.length)}`;
}

type Climbed = Omit<Ancestry, 'nodes'>;

/** Projects that policies name by number. */
function namedNumbers({ denyPolicies, boundaries, boundaryBindings, policies }: GcpEstate): Set<string> {
  const texts = [
    ...denyPolicies.map(({ resource }) => resource),
    ...denyPolicies.flatMap(({ rules }) =>
      rules.flatMap((one) => [...one.deniedPrincipals, ...one.exceptionPrincipals]),
    ),
    ...boundaries.flatMap(({ rules }) => rules.flatMap(({ resources }) => resources)),
    ...boundaryBindings.map(({ target }) => target),
    ...policies.flatMap(({ bindings }) => bindings.flatMap(({ members }) => members.filter(isSet))),
  ];
  return new Set(texts.flatMap((text) => /(?:^|\/)(projects\/\d{1,30})(?:\/type\/|$)/.exec(text)?.[1] ?? []));
}

function isSet(member: string): boolean {
  return member.startsWith('principalSet:');
}

type World = {
  byName: ReadonlyMap<string, GcpNode>;
  canonical: (name: string) => string;
  /** A number that is of no project whose number is known: it may be of one whose number is not. */
  stranger: string | null;
};

function climb(node: string, { byName, canonical, stranger }: World): Climbed {
  const names = [node];
  for (let at = node; !at.startsWith('organizations/'); ) {
    const found = byName.get(at);
    if (found === undefined) return { names, gap: `what is above ${at} was not read` };
    if (stranger !== null && found.number === null && at.startsWith('projects/'))
      return { names, gap: `the number of ${at} was not read, and it may be ${stranger}` };
    if (found.parent === null) break;
    at = canonical(found.parent);
    if (names.includes(at)) return { names, gap: `the parents of ${at} go round in a circle` };
    if (names.length >= MAX_LEVELS) return { names, gap: `more than ${MAX_LEVELS} levels above ${node}` };
    names.push(at);
  }
  return { names, gap: null };
}

function ancestryOf(resource: string, above: (node: string) => Climbed): Ancestry {
  const node = nodeOf(resource);
  const own = prefixes(resource).filter((name) => name !== node && name.includes('/'));
  if (node === null)
    return { names: own, nodes: [], gap: `the project of ${resource} is not told by its name` };
  const { names, gap } = above(node);
  return { names: [...own.filter((name) => isBelow(name, node)), ...names], nodes: names, gap };
}

function within({ names, gap }: Ancestry, node: string): Ternary {
  if (names.includes(node)) return 'yes';
  return gap === null ? known(false) : 'unknown';
}

function spellingsOf(resource: string, byName: ReadonlyMap<string, GcpNode>): readonly string[] {
  const node = nodeOf(resource);
  // https://cloud.google.com/iam/docs/conditions-resource-attributes: buckets never name their project.
  if (node !== null && resource.startsWith(`${node}/buckets/`))
    return [`projects/_${resource.slice(node.length)}`];
  const number = node?.startsWith('projects/') ? byName.get(node)?.number : null;
  return number ? [resource, `projects/${number}${resource.slice(node!.length)}`] : [resource];
}

/** One recognised document into the store; what is wrong with it, in words. */
import type { z } from 'zod';
import { attachmentOf, convertPolicy } from './convert.ts';
import type { Part } from './layout.ts';
import { nodeOfName } from './names.ts';
import type { Recognised } from './recognise.ts';
import * as schema from './schema.ts';
import type { Store } from './store.ts';

type Taker = (store: Store, item: unknown, found: Recognised) => Taken;
/** `node`: that the item is of, where its name tells; null: it does not. */
type Taken = { node: string | null; problem?: string };

const MAX_PROBLEMS = 5;

export function take(store: Store, found: Recognised): string[] {
  if (found.part === 'ancestors') return takeAncestors(store, found.items);
  const taker = TAKERS[found.part];
  const problems: string[] = [];
  const nodes = new Map<string, number>();
  for (const item of found.items) {
    const { node, problem } = taker(store, item, found);
    const place = found.resource ?? node;
    if (place !== null) nodes.set(place, (nodes.get(place) ?? 0) + 1);
    if (problem !== undefined && problems.length < MAX_PROBLEMS) problems.push(problem);
  }
  if (found.list && found.items.length === 0 && found.resource !== null) nodes.set(found.resource, 0);
  if (found.list || found.part === 'iam-policy') noteLists(store, found.part, nodes);
  return problems;
}

function noteLists(store: Store, part: Part, nodes: ReadonlyMap<string, number>): void {
  for (const [resource, objects] of nodes) {
    const place = { resource, part };
    store.lists.set(JSON.stringify(place), { place, objects });
  }
}

function parsed<T>(type: z.ZodType<T>, item: unknown, use: (value: T) => Taken): Taken {
  const result = type.safeParse(item);
  if (result.success) return use(result.data);
  const [issue] = result.error.issues;
  return { node: null, problem: `malformed: ${issue?.path.map(String).join('.')}: ${issue?.message}` };
}

/** Into one of the store's maps, by its name. */
function named<T extends { name: string }>(type: z.ZodType<T>, map: (store: Store) => Map<string, T>): Taker {
  return (store, item) =>
    parsed(type, item, (value) => {
      map(store).set(value.name, value);
      return { node: nodeOfName(value.name) };
    });
}

const TAKERS: Readonly<Record<Exclude<Part, 'ancestors'>, Taker>> = {
  project: (store, item) =>
    parsed(schema.projectSchema, item, (value) => {
      store.projects.set(value.projectId, value);
      return { node: `projects/${value.projectId}` };
    }),
  folder: named(schema.nodeSchema, ({ nodes }) => nodes),
  organization: named(schema.nodeSchema, ({ nodes }) => nodes),
  'iam-policy': takePolicy,
  'service-account-policies': () => ({ node: null, problem: 'nothing is expected under this name' }),
  'service-accounts': (store, item) =>
    parsed(schema.accountSchema, item, (value) => {
      store.accounts.set(value.email.toLowerCase(), value);
      return {
        node: value.projectId === undefined ? nodeOfName(value.name ?? '') : `projects/${value.projectId}`,
      };
    }),
  roles: takeRole,
  'deny-policies': takeDenyPolicy,
  boundaries: named(schema.boundarySchema, ({ boundaries }) => boundaries),
  'policy-bindings': named(schema.bindingSchema, ({ bindings }) => bindings),
  'workload-identity-pools': named(schema.poolSchema, ({ pools }) => pools),
  'workload-identity-providers': named(schema.providerSchema, ({ providers }) => providers),
  clusters: (store, item) =>
    parsed(schema.clusterSchema, item, (value) => {
      store.clusters.set(value.selfLink, value);
      return { node: nodeOfName(value.selfLink.replace(/^https:\/\/[^/]+\/v\d\w*\//, '')) };
    }),
  reading: (store, item) =>
    parsed(schema.readingSchema, item, (value) => {
      store.reading = value;
      return { node: null };
    }),
};

function takePolicy(store: Store, item: unknown, { resource }: Recognised): Taken {
  return parsed(schema.policySchema, item, (value) => {
    if (!resource) return { node: null, problem: PLACE };
    store.policies.set(resource, convertPolicy(resource, value));
    return { node: resource };
  });
}

const PLACE =
  'a policy does not name its resource: put it at gcp/projects/<id>/iam-policy.json (or folders/<number>, organizations/<number>, projects/<id>/serviceAccounts/<email>)';

/** Described roles always tell their permissions, if only by having none; listed ones only in the full view. */
function takeRole(store: Store, item: unknown, { list }: Recognised): Taken {
  return parsed(schema.roleSchema, item, (value) => {
    const permissions = value.includedPermissions ?? (list ? undefined : []);
    if (permissions !== undefined || value.deleted)
      store.roles.set(value.name, { ...value, includedPermissions: permissions ?? [] });
    return { node: null };
  });
}

/** With rules goes before without: a list shows none. */
function takeDenyPolicy(store: Store, item: unknown): Taken {
  return parsed(schema.denyPolicySchema, item, (value) => {
    if (value.rules !== undefined || !store.denyPolicies.has(value.name))
      store.denyPolicies.set(value.name, value);
    return { node: attachmentOf(value.name) };
  });
}

const PLURALS = { project: 'projects', folder: 'folders', organization: 'organizations' } as const;

/** The project first, then what it lies in. */
function takeAncestors(store: Store, items: readonly unknown[]): string[] {
  let child: string | null = null;
  for (const item of items) {
    const result = schema.ancestorSchema.safeParse(item);
    if (!result.success) return ['malformed list of ancestors'];
    const name = `${PLURALS[result.data.type]}/${result.data.id}`;
    if (child !== null) store.parents.set(child, name);
    child = name;
  }
  return [];
}

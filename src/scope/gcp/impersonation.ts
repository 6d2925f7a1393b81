/**
 * Service accounts that a principal can become: by a token, a signature or a key of the account, along a chain of
 * delegation, or by running compute as it.
 * https://cloud.google.com/iam/docs/service-account-impersonation
 */
import type { IdentityEdge } from '../../model/configured.ts';
import type { GcpServiceAccount } from '../../model/gcp.ts';
import type { Answer } from '../../model/query.ts';
import { computeEdge } from './compute.ts';
import { decideOn } from './decide-on.ts';
import { delegated } from './delegation.ts';
import { memory } from './memory.ts';
import type { Principal } from './principal.ts';
import type { World } from './world.ts';

/** The first that works is told. */
const BECOMES = [
  'iam.serviceAccounts.getAccessToken',
  'iam.serviceAccounts.signJwt',
  'iam.serviceAccounts.signBlob',
  'iam.serviceAccountKeys.create',
  'iam.serviceAccounts.setIamPolicy',
] as const;
const DELEGATES = 'iam.serviceAccounts.implicitDelegation';
const ACTS = 'iam.serviceAccounts.actAs';

const known = new WeakMap<World, ReturnType<typeof memory<readonly IdentityEdge[]>>>();

export function edgesOf(world: World, principal: Principal): readonly IdentityEdge[] {
  const recall = known.get(world) ?? memory<readonly IdentityEdge[]>();
  known.set(world, recall);
  const mute = principal.who.type === 'unknown' || principal.account?.disabled;
  return recall(principal.key, () => (mute ? [] : findEdges(world, principal)));
}

function findEdges(world: World, principal: Principal): IdentityEdge[] {
  const targets = targetsOf(world, principal, [...BECOMES, ACTS]);
  const own = targets.flatMap((account) => {
    const edges = [tokenEdge(world, principal, account), computeEdge(world, principal, account)];
    return edges.filter((one) => one !== null);
  });
  const delegates = targetsOf(world, principal, [DELEGATES]);
  return delegates.length === 0 ? own : [...own, ...delegated(world, principal, own)];
}

export function accountResource({ project, email }: GcpServiceAccount): string {
  return `projects/${project}/serviceAccounts/${email}`;
}

/**
 * Accounts that some binding of the principal reaches with one of the permissions: the rest is not asked about. Groups
 * are left out: that any account may be in any group would join all to all, and says no more than that once.
 */
export function targetsOf(
  world: World,
  principal: Principal,
  permissions: readonly string[],
): GcpServiceAccount[] {
  const { grants, roles, hierarchy } = world;
  const useful = (role: string) => permissions.some((one) => roles.grants(role, one) === 'yes');
  const places = new Set(
    grants
      .of(principal)
      .filter(({ binding }) => useful(binding.role))
      .map(({ resource }) => resource),
  );
  if (places.size === 0) return [];
  return accountsOf(world)
    .filter((one) => !one.disabled && `gcp:${one.email.toLowerCase()}` !== principal.id)
    .filter((one) => hierarchy.ancestry(accountResource(one)).names.some((name) => places.has(name)));
}

const accounts = new WeakMap<World, readonly GcpServiceAccount[]>();

/** Also those that only policies tell of: where accounts were not listed, they are there all the same. */
function accountsOf(world: World): readonly GcpServiceAccount[] {
  const ready = accounts.get(world);
  if (ready) return ready;
  const { estate, principals, coverage } = world;
  const found = new Map(estate.serviceAccounts.map((one) => [one.email.toLowerCase(), one]));
  const put = (email: string) => {
    const { home } = principals.of(`serviceAccount:${email}`);
    if (home === null || found.has(email.toLowerCase())) return;
    found.set(email.toLowerCase(), {
      email,
      uniqueId: null,
      project: home.slice('projects/'.length),
      disabled: false,
    });
  };
  for (const { resource } of estate.policies) {
    const email = /^projects\/[^/]+\/serviceAccounts\/([^/]+)$/.exec(resource)?.[1];
    if (email !== undefined) put(email);
  }
  const unlisted = estate.nodes.filter(({ name }) => coverage.gap(name, 'service-accounts') !== null);
  const projects = new Set(unlisted.map(({ name }) => name));
  if (projects.size > 0)
    for (const { member, home } of namedAccounts(world)) if (projects.has(home)) put(member);
  const all = [...found.values()];
  accounts.set(world, all);
  return all;
}

function* namedAccounts({ estate, principals }: World): Generator<{ member: string; home: string }> {
  for (const { bindings } of estate.policies)
    for (const { members } of bindings)
      for (const text of members) {
        const { who, home } = text.startsWith('serviceAccount:')
          ? principals.of(text)
          : { who: null, home: null };
        if (who?.type === 'service-account' && home !== null) yield { member: who.email, home };
      }
}

/** Null: none of the ways is open. */
export function tokenEdge(
  world: World,
  principal: Principal,
  account: GcpServiceAccount,
): IdentityEdge | null {
  const open = BECOMES.map((by) => ({ by, answer: ask(world, principal, account, by) }));
  const best =
    open.find(({ answer }) => answer.verdict === 'allow') ??
    open.find(({ answer }) => answer.verdict === 'conditional');
  return best ? edge(principal, account, best) : null;
}

/** A binding that grants it under a deny policy that was not read is a way that may be open. */
export function ask(
  world: World,
  principal: Principal,
  account: GcpServiceAccount,
  permission: string,
): Answer {
  const resource = accountResource(account);
  return opened(decideOn(world, { principal, permission, resource, context: {} }));
}

export function opened(answer: Answer): Answer {
  const granted = answer.verdict === 'cannot-tell' && answer.path.length > 1;
  return granted ? { ...answer, verdict: 'conditional', conditions: [answer.reason] } : answer;
}

export function edge(
  principal: Principal,
  account: GcpServiceAccount,
  { by, answer }: { by: string; answer: Answer },
): IdentityEdge {
  return {
    from: principal.id,
    to: `gcp:${account.email.toLowerCase()}`,
    by,
    effect: answer.verdict === 'allow' ? 'allow' : 'conditional',
    path: answer.path,
    conditions: answer.conditions,
  };
}

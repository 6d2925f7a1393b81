/** The ways by which a principal changes what another one, or itself, may do in its account. */
import type { AwsPolicy, AwsRole, AwsStatement, AwsUser } from '../../model/aws.ts';
import type { Answer } from '../../model/query.ts';
import { type Attachment, attachmentsOf, groupOf, hop } from './attachments.ts';
import { allowsAll } from './cut.ts';
import { ask, type EdgeWorld } from './edges-assume.ts';
import type { Own } from './layers.ts';
import { mayTarget, type Targets, targetsOf } from './targets.ts';

export type Way = {
  by: string;
  answer: Answer;
  /** What is then attached; null: what is now. */
  attachments: readonly Attachment[] | null;
  unbounded: boolean;
  /** In words, as which the principal is then had. */
  gives: string;
};
type Asking = { world: EdgeWorld; own: Own; target: Own; holder: AwsRole | AwsUser };

/** All by which anything is changed; who may none of them is not asked about each. */
const CHANGES = [
  ...['iam:PutRolePolicy', 'iam:AttachRolePolicy', 'iam:PutUserPolicy', 'iam:AttachUserPolicy'],
  ...['iam:PutGroupPolicy', 'iam:AttachGroupPolicy', 'iam:AddUserToGroup', 'iam:CreatePolicyVersion'],
  ...['iam:SetDefaultPolicyVersion', 'iam:DeleteRolePermissionsBoundary', 'iam:PutRolePermissionsBoundary'],
  ...['iam:DeleteUserPermissionsBoundary', 'iam:PutUserPermissionsBoundary'],
].map((one) => one.toLowerCase());
const targets = new WeakMap<Own, ReadonlyMap<string, Targets>>();

function targetsFor(own: Own): ReadonlyMap<string, Targets> {
  const known = targets.get(own);
  if (known) return known;
  const all = CHANGES.map((action): [string, Targets] => [action, targetsOf(own, action)]);
  const made = new Map(all.filter(([, found]) => found !== 'none'));
  targets.set(own, made);
  return made;
}

export function mayChange(own: Own): boolean {
  return targetsFor(own).size > 0;
}

/** Policies and groups that are asked about one by one, of one principal. */
const MAX_ASKED = 300;
const ANY = 'with any policy';

/** The first that gives any policy; else all that give some. Nothing where it may everything already. */
export function policyWays(world: EdgeWorld, own: Own, target: Own): Way[] {
  const { holder } = target.principal;
  if (holder === null || mayAll(target)) return [];
  const asking = { world, own, target, holder };
  const any = best(anyPolicy(asking));
  if (any?.answer.verdict === 'allow') return [any];
  return [...(any ? [any] : []), ...attached(asking), ...joined(asking), ...versions(asking)];
}

function mayAll({ identity, boundary }: Own): boolean {
  return boundary === null && (identity?.policies ?? []).some(({ statements }) => statements.some(allowsAll));
}

function best(ways: Iterable<Way>): Way | null {
  let open: Way | null = null;
  for (const way of ways) {
    if (way.answer.verdict === 'allow') return way;
    open ??= way;
  }
  return open;
}

function* anyPolicy(asking: Asking): Generator<Way> {
  const { target, holder, world } = asking;
  const kind = 'groups' in holder ? 'User' : 'Role';
  yield* gives(asking, `iam:Put${kind}Policy`, holder.arn);
  yield* gives(asking, `iam:Attach${kind}Policy`, holder.arn, { 'iam:policyarn': [administrator(holder)] });
  for (const id of managed(target)) yield* gives(asking, 'iam:CreatePolicyVersion', id, {}, id);
  for (const name of 'groups' in holder ? holder.groups : []) {
    const group = groupOf(world.index, holder.account, name);
    if (group === null) continue;
    yield* gives(asking, 'iam:PutGroupPolicy', group.arn);
    yield* gives(asking, 'iam:AttachGroupPolicy', group.arn, { 'iam:policyarn': [administrator(holder)] });
  }
}

/** Those of the account: AWS's own are nobody's to change. */
function managed({ attachments, principal }: Own): string[] {
  const account = `:iam::${principal.caller.account}:policy/`;
  return [...new Set(attachments.map(({ id }) => id))]
    .filter((id) => id.includes(account))
    .slice(0, MAX_ASKED);
}

/** `replaced`: the policy in whose place it comes. */
function* gives(
  asking: Asking,
  by: string,
  resource: string,
  context: Readonly<Record<string, readonly string[]>> = {},
  replaced?: string,
): Generator<Way> {
  const answer = asked(asking, by, resource, context);
  if (answer === null) return;
  const { arn } = asking.holder;
  const hops = [hop(arn, by, 'is given any policy', false)];
  const kept = asking.target.attachments.filter(({ id }) => id !== replaced);
  yield {
    by,
    answer,
    attachments: [...kept, { id: ANY_POLICY.id, policy: ANY_POLICY, hops }],
    unbounded: false,
    gives: ANY,
  };
}

const EVERYTHING: AwsStatement = {
  ...{ sid: null, effect: 'Allow', actions: ['*'], notAction: false, resources: ['*'], notResource: false },
  ...{ principals: null, notPrincipal: false, conditions: [], field: 'Statement[0]' },
};
export const ANY_POLICY: AwsPolicy = {
  ...{ id: 'any policy that it is given', name: 'any', version: '2012-10-17', problem: null },
  statements: [EVERYTHING],
};

function administrator({ arn }: AwsRole | AwsUser): string {
  return `arn:${arn.split(':', 2)[1]}:iam::aws:policy/AdministratorAccess`;
}

/** Null: denied; or told by nothing that was read, as all is that it may do. */
function asked(
  { world, own, holder }: Asking,
  by: string,
  resource: string,
  context: Readonly<Record<string, readonly string[]>>,
): Answer | null {
  const action = by.toLowerCase();
  if (!mayTarget(targetsFor(own).get(action) ?? 'none', resource)) return null;
  // Of requests that change a principal, its boundary is told (IAM, "Available keys for IAM").
  const boundary = { 'iam:permissionsboundary': holder.boundary === null ? [] : [holder.boundary] };
  const answer = ask(world, own, action, resource, { ...boundary, ...context });
  return answer.verdict === 'deny' || answer.verdict === 'cannot-tell' ? null : answer;
}

/** Policies that were read and may be attached, where not every one may. */
function attached(asking: Asking): Way[] {
  const { world, target, holder } = asking;
  const by = 'groups' in holder ? 'iam:AttachUserPolicy' : 'iam:AttachRolePolicy';
  const has = new Set(target.attachments.map(({ id }) => id));
  const known = world.index.estate.policies.filter(({ id }) => !has.has(id) && isOf(id, holder.account));
  return known.slice(0, MAX_ASKED).flatMap((policy) => {
    const answer = asked(asking, by, holder.arn, { 'iam:policyarn': [policy.id] });
    if (answer === null) return [];
    const hops = [hop(holder.arn, by, `is given ${policy.id}`, false)];
    const attachments = [...target.attachments, { id: policy.id, policy, hops }];
    return [{ by, answer, attachments, unbounded: false, gives: `with ${policy.id}` }];
  });
}

function isOf(id: string, account: string): boolean {
  return id.includes(`:iam::${account}:policy/`) || id.includes(':iam::aws:policy/');
}

/** Groups of the account that a user is not in. */
function joined(asking: Asking): Way[] {
  const { world, target, holder } = asking;
  if (!('groups' in holder)) return [];
  const own = new Set(holder.groups.map((name) => groupOf(world.index, holder.account, name)?.arn));
  const others = world.index.estate.groups.filter(
    ({ arn, account }) => account === holder.account && !own.has(arn),
  );
  return others.slice(0, MAX_ASKED).flatMap((group) => {
    const answer = asked(asking, 'iam:AddUserToGroup', group.arn, {});
    if (answer === null) return [];
    const also = attachmentsOf(world.index, { ...holder, inline: [], attached: [], groups: [group.arn] });
    const attachments = [...target.attachments, ...also];
    return [{ by: 'iam:AddUserToGroup', answer, attachments, unbounded: false, gives: `in ${group.arn}` }];
  });
}

/** Versions that were given are had each; where none were, what they would allow is not known. */
function versions(asking: Asking): Way[] {
  const { world, target } = asking;
  const by = 'iam:SetDefaultPolicyVersion';
  return managed(target).flatMap((id) => {
    const policy = world.index.policies.get(id);
    if (policy?.versions?.length === 0) return [];
    const answer = asked(asking, by, id, {});
    if (answer === null) return [];
    const kept = target.attachments.filter((one) => one.id !== id);
    const hops = [hop(id, 'PolicyVersionList', 'is set to another version', false)];
    return (policy?.versions ?? [null]).map((version) => ({
      ...{ by, answer, unbounded: false },
      attachments: [...kept, { id: version?.id ?? `another version of ${id}`, policy: version, hops }],
      gives: version === null ? `with another version of ${id}` : `with ${version.id}`,
    }));
  });
}

/** Null: it has no boundary, or keeps it. */
export function boundaryWay(world: EdgeWorld, own: Own, target: Own): Way | null {
  const { holder } = target.principal;
  if (holder === null || target.boundary === null) return null;
  const kind = 'groups' in holder ? 'User' : 'Role';
  const asking = { world, own, target, holder };
  const other = { 'iam:permissionsboundary': [administrator(holder)] };
  const ways = [
    { by: `iam:Delete${kind}PermissionsBoundary`, context: {} },
    { by: `iam:Put${kind}PermissionsBoundary`, context: other },
  ].flatMap(({ by, context }) => {
    const answer = asked(asking, by, holder.arn, context);
    return answer === null
      ? []
      : [{ by, answer, attachments: null, unbounded: true, gives: 'without its boundary' }];
  });
  return best(ways);
}

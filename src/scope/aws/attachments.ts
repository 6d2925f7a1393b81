/** Identity policies of a principal, each with the way by which it is attached. */
import type { AwsGroup, AwsPolicy, AwsRole, AwsUser } from '../../model/aws.ts';
import type { Hop } from '../../model/configured.ts';
import type { EstateIndex } from './estate-index.ts';

export type Attachment = {
  id: string;
  /** Null: it was not read. */
  policy: AwsPolicy | null;
  /** From the principal to the policy. */
  hops: readonly Hop[];
};

export function attachmentsOf(index: EstateIndex, holder: AwsRole | AwsUser): Attachment[] {
  const kind = 'groups' in holder ? 'User' : 'Role';
  const own = heldBy(index, holder, `${kind} ${holder.arn}`, []);
  return 'groups' in holder
    ? [...own, ...holder.groups.flatMap((group) => ofGroup(index, holder, group))]
    : own;
}

/** A group that was not read is a policy that was not read. */
function ofGroup(index: EstateIndex, user: AwsUser, name: string): Attachment[] {
  const group = groupOf(index, user.account, name);
  const member = hop(`User ${user.arn}`, 'GroupList', `is in the group ${group?.name ?? name}`, false);
  if (!group) return [{ id: `group ${name}`, policy: null, hops: [member] }];
  return heldBy(index, group, `Group ${group.arn}`, [member]);
}

/** By ARN or name; null: it was not read. */
export function groupOf({ groups }: EstateIndex, account: string, name: string): AwsGroup | null {
  return groups.get(name) ?? groups.get(`${account}/${name}`) ?? null;
}

function heldBy(
  index: EstateIndex,
  { inline, attached }: AwsRole | AwsUser | AwsGroup,
  object: string,
  before: readonly Hop[],
): Attachment[] {
  const inherited = before.length > 0;
  return [
    ...inline.map((policy) => ({
      id: policy.id,
      policy,
      hops: [...before, hop(object, policy.id, `has the inline policy ${policy.name}`, inherited)],
    })),
    ...attached.map((id) => ({
      id,
      policy: index.policies.get(id) ?? null,
      hops: [...before, hop(object, 'AttachedManagedPolicies', `has ${id} attached`, inherited)],
    })),
  ];
}

export function hop(object: string, field: string, why: string, inherited: boolean): Hop {
  return { object, ref: null, field, why, inherited };
}

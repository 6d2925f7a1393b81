/** Who a principal of a question is, among those that were read. */

import { actionMatches, compileActions } from '../../match/aws/actions.ts';
import type { Caller } from '../../match/aws/caller.ts';
import type { AwsRole, AwsTags, AwsUser } from '../../model/aws.ts';
import type { EstateIndex } from './estate-index.ts';

export type Principal = {
  /** ARN of the user or role; of whoever has none, what was asked. */
  arn: string;
  /** `aws:<arn>`, as observed principals are written. */
  id: string;
  caller: Caller;
  holder: AwsRole | AwsUser | null;
  /** Null: sessions may bring others. */
  tags: AwsTags | null;
};

/** Observed principals have `aws:` before the ARN. */
export function arnOf(principal: string): string {
  return principal.startsWith('aws:') ? principal.slice(4) : principal;
}

const SERVICE = /^[a-z0-9][a-z0-9.-]*\.amazonaws\.com(\.cn)?$/;

/** Null: it was not read. `*`: whoever has no credentials; a DNS name: a service by itself, not on behalf of a role. */
export function findPrincipal(index: EstateIndex, principal: string): Principal | null {
  const arn = arnOf(principal);
  if (arn === '*') return known(arn, null, { type: 'anonymous', id: '*', account: null, role: null }, null);
  if (SERVICE.test(arn))
    return known(arn, null, { type: 'service', id: arn, account: null, role: null }, null);
  const user = index.users.get(arn);
  if (user) return known(arn, user, callerOf('user', arn, user.account, null), user.tags);
  const role = index.roles.get(arn);
  if (role) return known(arn, role, callerOf('role', arn, role.account, arn), roleTags(role));
  return sessionOf(index, arn) ?? rootOf(index, arn);
}

function known(arn: string, holder: Principal['holder'], caller: Caller, tags: AwsTags | null): Principal {
  return { arn, id: `aws:${arn}`, caller, holder, tags };
}

function callerOf(type: Caller['type'], id: string, account: string, role: string | null): Caller {
  return { type, id, account, role };
}

/** `arn:aws:sts::<account>:assumed-role/<name>/<session>`; the principal is the role. */
function sessionOf(index: EstateIndex, arn: string): Principal | null {
  const [, account, name] = /^arn:[a-z-]+:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  const role = index.rolesByName.get(`${account}/${name}`);
  if (!role) return null;
  return known(role.arn, role, callerOf('session', arn, role.account, role.arn), roleTags(role));
}

function rootOf(index: EstateIndex, arn: string): Principal | null {
  const [, account] = /^arn:[a-z-]+:iam::(\d{12}):root$/.exec(arn) ?? [];
  if (account === undefined || !index.accounts.has(account)) return null;
  return known(arn, null, callerOf('root', arn, account, null), {});
}

/** Tags of a session come over those of the role, wherever its trust policy lets anyone bring some. */
function roleTags({ trust, tags }: AwsRole): AwsTags | null {
  const brings = trust.statements.some(
    (one) =>
      one.effect === 'Allow' &&
      actionMatches(compileActions(one.actions), 'sts:tagsession') !== one.notAction,
  );
  return brings || trust.problem !== null ? null : tags;
}

/** Who asks, and how a Principal element names them. */
import type { AwsPrincipalPattern } from '../../model/aws.ts';

/** `session`: of a role, whose ARN is `role`; `federated-user`: of a user, by GetFederationToken. */
export type CallerType =
  | 'role'
  | 'session'
  | 'user'
  | 'federated-user'
  | 'root'
  | 'service'
  | 'federated'
  | 'anonymous';
export type Caller = {
  type: CallerType;
  /** ARN; DNS name of a service; issuer of a federated identity. */
  id: string;
  /** Null: of none. */
  account: string | null;
  /** ARN of the role, of a role and of its sessions. */
  role: string | null;
};

/**
 * How near a Principal element names the caller. `direct`: the user, the session, or everybody; such a grant is not
 * limited by what the caller's own policies leave out. `role`: its role, which its boundary limits. `account`: leaves
 * it to the account. `maybe`: one session of the role, or a canonical user id, of which nothing is known.
 */
export type Naming = 'direct' | 'role' | 'account' | 'maybe' | 'none';
const ORDER: readonly Naming[] = ['direct', 'role', 'account', 'maybe', 'none'];

export function naming(patterns: readonly AwsPrincipalPattern[], caller: Caller): Naming {
  let best: Naming = 'none';
  for (const pattern of patterns) {
    const one = nameOf(pattern, caller);
    if (ORDER.indexOf(one) < ORDER.indexOf(best)) best = one;
  }
  return best;
}

function nameOf({ type, value }: AwsPrincipalPattern, caller: Caller): Naming {
  if (type === 'Service') return caller.type === 'service' && value === caller.id ? 'direct' : 'none';
  if (type === 'Federated') return caller.type === 'federated' && value === caller.id ? 'direct' : 'none';
  if (type === 'CanonicalUser') return caller.account === null ? 'none' : 'maybe';
  return value === '*' ? 'direct' : awsNameOf(value, caller);
}

function awsNameOf(value: string, { type, id, account, role }: Caller): Naming {
  if (account === null) return 'none';
  if (value === id && type !== 'root') return type === 'role' ? 'role' : 'direct';
  if (value === role) return 'role';
  if (value === account || isRootOf(value, account)) return 'account';
  return type === 'role' && sessionOf(value, id) ? 'maybe' : 'none';
}

function isRootOf(arn: string, account: string): boolean {
  return arn.endsWith(`:iam::${account}:root`) && arn.startsWith('arn:');
}

/** A session's ARN has the role's name without its path. */
function sessionOf(value: string, role: string): boolean {
  const [, , , , account, resource] = role.split(':', 6);
  const name = resource?.split('/').at(-1);
  return value.includes(`:sts::${account}:assumed-role/${name}/`);
}

/**
 * Whether a `NotPrincipal` with `Deny` leaves the caller out (IAM User Guide, "NotPrincipal"): it has to be named itself.
 * Its role or account stand for it only where no session or no other principal of theirs is named beside them.
 */
export function spared(patterns: readonly AwsPrincipalPattern[], caller: Caller): 'yes' | 'maybe' | 'no' {
  const named = naming(patterns, caller);
  if (named === 'direct') return 'yes';
  if (named === 'role') return byRole(patterns, caller);
  if (named !== 'account') return named === 'maybe' ? 'maybe' : 'no';
  if (caller.type === 'root') return 'yes';
  return patterns.some(({ value }) => isOf(value, caller.account!)) ? 'no' : 'maybe';
}

function byRole(patterns: readonly AwsPrincipalPattern[], { type, role }: Caller) {
  if (!patterns.some(({ value }) => sessionOf(value, role!))) return 'yes';
  return type === 'role' ? 'maybe' : 'no';
}

/** A user, role or session of the account. */
function isOf(value: string, account: string): boolean {
  return value.split(':', 5)[4] === account && !isRootOf(value, account);
}

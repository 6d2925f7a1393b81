/** Who asks the API server: a ServiceAccount with the groups it always has, or a user with the groups that are given. */
import type { Hop } from '../model/configured.ts';
import { serviceAccountPrincipal } from '../model/workload.ts';

export type Principal = { namespace: string; name: string };
export type RbacSubject = {
  /** As the audit log writes it. */
  user: string;
  groups: readonly string[];
  /** Null: no ServiceAccount. */
  account: Principal | null;
};

/** Whoever is in it is allowed everything before RBAC is asked (authorizerfactory.NewPrivilegedGroups). */
export const PRIVILEGED_GROUP = 'system:masters';

/** The groups of every ServiceAccount (apiserver, serviceaccount.MakeGroupNames), and of whoever is authenticated. */
export function implicitGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
}

export function accountSubject(account: Principal): RbacSubject {
  const user = serviceAccountPrincipal(account.namespace, account.name);
  return { user, groups: implicitGroups(account.namespace), account };
}

/** Groups as given, as in a SubjectAccessReview; only a ServiceAccount without any has its own. */
export function userSubject({
  user,
  groups = [],
}: {
  user: string;
  groups?: readonly string[];
}): RbacSubject {
  const account = accountOf(user);
  return {
    user,
    groups: account && groups.length === 0 ? implicitGroups(account.namespace) : groups,
    account,
  };
}

/** `system:serviceaccount:ns:name`; neither part has a colon (apiserver, serviceaccount.SplitUsername). */
export function accountOf(user: string): Principal | null {
  const [system, kind, namespace, name, ...rest] = user.split(':');
  if (system !== 'system' || kind !== 'serviceaccount' || rest.length > 0) return null;
  return namespace && name ? { namespace, name } : null;
}

export function subjectHop({ user, account }: RbacSubject): Hop {
  return {
    object: account ? `ServiceAccount ${account.namespace}/${account.name}` : `User ${user}`,
    ref: null,
    field: account ? 'metadata.name' : 'name',
    why: account ? 'the pods run as it' : 'asks as it',
    inherited: false,
  };
}

export function groupHop(group: string): Hop {
  return {
    object: `Group ${group}`,
    ref: null,
    field: 'groups',
    why: groupReason(group),
    inherited: true,
  };
}

function groupReason(group: string): string {
  if (group === PRIVILEGED_GROUP) return 'the API server allows it everything, without asking RBAC';
  if (group === 'system:authenticated') return 'everybody who is authenticated is in it';
  if (group === 'system:unauthenticated') return 'everybody who is not authenticated is in it';
  if (group === 'system:serviceaccounts') return 'every ServiceAccount of the cluster is in it';
  return group.startsWith('system:serviceaccounts:')
    ? 'every ServiceAccount of the namespace is in it'
    : 'the subject is in it';
}

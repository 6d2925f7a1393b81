/** Kubernetes permissions of a subject: every binding that reaches it, by name or by a group. */
import { resourceGap } from '../match/source-coverage.ts';
import type { Capability, Hop, Pattern } from '../model/configured.ts';
import type { PolicyRule, Role, RoleBinding, SourceCoverage, Subject } from '../model/kubernetes.ts';
import { serviceAccountPrincipal } from '../model/workload.ts';
import { refName } from './describe.ts';
import { describeRule } from './describe-rule.ts';
import type { GrantedRule, RoleIndex } from './rbac-roles.ts';
import {
  accountSubject,
  groupHop,
  PRIVILEGED_GROUP,
  type Principal,
  type RbacSubject,
  subjectHop,
  userSubject,
} from './rbac-subject.ts';

export { implicitGroups, type Principal } from './rbac-subject.ts';

type Edge = {
  binding: RoleBinding;
  subject: Subject;
  index: number;
  made: Grants | null;
  hops: Hop[] | null;
};
/** What is the same for every subject that a binding reaches, made once: groups reach thousands. */
type Grants = { roles: RoleIndex; grants: readonly Grant[] };
type Grant = { summary: string; allow: readonly Pattern[]; hops: readonly Hop[]; key: string };
/** Subject → bindings, so that a ServiceAccount costs its own bindings and not all of the cluster's. */
export type BindingIndex = ReadonlyMap<string, readonly Edge[]>;
/** Why roles of that kind are not fully known; null: they are, and a missing one grants nothing. */
export type UnreadRoles = (kind: 'Role' | 'ClusterRole', namespace: string | null) => string | null;

export function unreadRoles(coverage: readonly SourceCoverage[]): UnreadRoles {
  return (kind, namespace) =>
    kind === 'Role'
      ? resourceGap(coverage, 'rbac', namespace, 'roles')
      : resourceGap(coverage, 'rbac', null, 'clusterroles');
}

export function indexBindings(bindings: readonly RoleBinding[]): BindingIndex {
  const index = new Map<string, Edge[]>();
  for (const binding of bindings) {
    binding.subjects.forEach((subject, position) => {
      const key = subjectKey(subject, binding.ref.namespace);
      if (key === null) return;
      const edge = { binding, subject, index: position, made: null, hops: null };
      const edges = index.get(key);
      if (edges) edges.push(edge);
      else index.set(key, [edge]);
    });
  }
  return index;
}

/** A ServiceAccount without namespace is of the RoleBinding's; in a ClusterRoleBinding it is nobody. */
function subjectKey({ kind, name, namespace }: Subject, bindingNamespace: string | null): string | null {
  if (kind !== 'ServiceAccount') return `${kind}:${name}`;
  const where = namespace || bindingNamespace;
  return where ? `User:${serviceAccountPrincipal(where, name)}` : null;
}

export function kubernetesCapabilities(
  principal: Principal,
  bindings: BindingIndex,
  roles: RoleIndex,
  unread: UnreadRoles,
): Capability[] {
  return subjectCapabilities(accountSubject(principal), bindings, roles, unread);
}

/**
 * Of any user. `authorizers`: those beside RBAC that may know it (rbac-authorizers.ts); what RBAC does not allow is
 * theirs to decide, which is not known.
 */
export function userCapabilities(
  asked: { user: string; groups?: readonly string[] },
  bindings: BindingIndex,
  roles: RoleIndex,
  unread: UnreadRoles,
  authorizers: readonly string[] = [],
): Capability[] {
  const subject = userSubject(asked);
  const others = authorizers.map((gap) =>
    undecided(subject, [subjectHop(subject)], 'another authorizer', gap),
  );
  return [...subjectCapabilities(subject, bindings, roles, unread), ...others];
}

function subjectCapabilities(
  subject: RbacSubject,
  bindings: BindingIndex,
  roles: RoleIndex,
  unread: UnreadRoles,
): Capability[] {
  const self = subjectHop(subject);
  const capabilities = subject.groups.includes(PRIVILEGED_GROUP) ? [privileged(subject)] : [];
  for (const edge of edgesOf(subject, bindings)) {
    const { ref, role: named } = edge.binding;
    const role = roles.find(named.kind, ref.namespace, named.name);
    const hops = [self, ...bindingHops(subject, edge)];
    if (role) {
      for (const grant of grantsOf(edge, role, roles)) capabilities.push(granted(subject, hops, grant));
      continue;
    }
    const gap = unread(named.kind, ref.namespace);
    const what = `${named.kind} ${named.name}`;
    if (gap === null) continue;
    capabilities.push(
      undecided(subject, hops, what, `${what} was not read: ${gap}`, `${refName(ref)}/${what}`),
    );
  }
  return capabilities;
}

/** One edge per binding; where a binding names both the subject and a group of it, the name stays. */
function edgesOf({ user, groups }: RbacSubject, bindings: BindingIndex): Edge[] {
  const keys = [`User:${user}`, ...groups.map((group) => `Group:${group}`)];
  const edges = new Map<RoleBinding, Edge>();
  for (const edge of keys.flatMap((key) => bindings.get(key) ?? []))
    if (!edges.has(edge.binding)) edges.set(edge.binding, edge);
  return [...edges.values()];
}

function grantsOf(edge: Edge, role: Role, roles: RoleIndex): readonly Grant[] {
  if (edge.made?.roles !== roles)
    edge.made = { roles, grants: roles.rulesOf(role).map((one) => grantOf(edge.binding, one)) };
  return edge.made.grants;
}

function grantOf({ ref }: RoleBinding, { rule, hops }: GrantedRule): Grant {
  const last = hops.at(-1)!;
  return {
    summary: describeRule(rule, ref.namespace),
    allow: [{ type: 'kubernetes', namespace: ref.namespace, rule }],
    hops,
    key: `${refName(ref)}/${last.object}/${last.field}`,
  };
}

function granted(subject: RbacSubject, before: readonly Hop[], grant: Grant): Capability {
  return {
    ...base(subject, [...before, ...grant.hops], grant.key),
    summary: grant.summary,
    allow: grant.allow,
    conditions: NOTHING,
    effect: 'allow',
  };
}

function undecided(
  subject: RbacSubject,
  path: readonly Hop[],
  what: string,
  condition: string,
  key = condition,
): Capability {
  return {
    ...base(subject, path, key),
    summary: `whatever ${what} grants`,
    allow: [],
    conditions: [condition],
    effect: 'conditional',
  };
}

const NOTHING: readonly never[] = [];
const EVERYTHING: PolicyRule = {
  verbs: ['*'],
  apiGroups: ['*'],
  resources: ['*'],
  resourceNames: [],
  nonResourceURLs: ['*'],
};

function privileged(subject: RbacSubject): Capability {
  return {
    ...base(subject, [subjectHop(subject), groupHop(PRIVILEGED_GROUP)], PRIVILEGED_GROUP),
    summary: `everything: ${PRIVILEGED_GROUP} bypasses RBAC`,
    allow: [{ type: 'kubernetes', namespace: null, rule: EVERYTHING }],
    conditions: [],
    effect: 'allow',
  };
}

function base({ user }: RbacSubject, path: readonly Hop[], key: string) {
  return {
    id: `kubernetes-action:${user}:${key}`,
    holder: { type: 'principal' as const, id: user },
    kind: 'kubernetes-action' as const,
    deny: NOTHING,
    origin: path.some((hop) => hop.inherited) ? ('inherited' as const) : ('direct' as const),
    path,
    source: 'rbac',
  };
}

/**
 * Own configuration is a binding of the ServiceAccount's namespace, or a cluster-wide one, that names it; a group, or
 * a binding in another namespace, does not show where the agent is configured.
 */
function bindingHops({ account }: RbacSubject, edge: Edge): Hop[] {
  const { ref } = edge.binding;
  if (edge.subject.kind === 'Group') {
    edge.hops ??= [groupHop(edge.subject.name), boundHop(edge, true)];
    return edge.hops;
  }
  const elsewhere = account !== null && ref.namespace !== null && ref.namespace !== account.namespace;
  return [boundHop(edge, elsewhere)];
}

function boundHop({ binding, subject, index }: Edge, inherited: boolean): Hop {
  const { ref, role } = binding;
  const why = `binds ${subject.kind} ${subject.name} to ${role.kind} ${role.name}`;
  return { object: refName(ref), ref, field: `subjects[${index}]`, why, inherited };
}

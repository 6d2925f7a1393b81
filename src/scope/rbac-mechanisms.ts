/** The ways by which permissions in a cluster become another identity of it, as data. */
export type Ability = {
  verbs: readonly string[];
  apiGroup: string;
  resource: string;
  subresource: string | null;
  /** Only a cluster-wide grant counts: the resource has no namespace. */
  wide: boolean;
  /** Any of these objects will do; absent: whichever. */
  names?: readonly string[];
};
export type Mechanism = {
  by: string;
  /** All of them, and of each any one. What the first is limited to by resourceNames limits the targets. */
  needs: readonly (readonly Ability[])[];
  /**
   * Whom it reaches: `account` the ServiceAccounts named, `runs` all ServiceAccounts where a pod may run, `pod` and
   * `node` those whose token lies in the pods named or on the nodes named, `user`, `group`, `uid` and `extra` what a
   * request may say of itself, `role` what the roles named grant, `anybody` every identity.
   */
  target: 'account' | 'runs' | 'pod' | 'node' | 'user' | 'group' | 'uid' | 'extra' | 'role' | 'anybody';
  conditions?: readonly string[];
  /** By a pod that is made or changed, so admission policies are asked. */
  admitted?: true;
  /** Left out where this one gives the same. */
  unless?: string;
};

/** `create,update deployments.apps/scale`; a trailing `!`: of the whole cluster. */
function can(text: string, names?: readonly string[]): Ability {
  const [verbs, what] = text.replace('!', '').split(' ') as [string, string];
  const [path, subresource = null] = what.split('/') as [string, string?];
  const [resource, ...group] = path.split('.') as [string, ...string[]];
  return {
    verbs: verbs.split(','),
    apiGroup: group.join('.'),
    resource,
    subresource,
    wide: text.endsWith('!'),
    ...(names ? { names } : {}),
  };
}

const RBAC = 'rbac.authorization.k8s.io';
const CERTIFICATES = 'certificates.k8s.io';
const TEMPLATED = [
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'replicasets.apps',
  'jobs.batch',
  'cronjobs.batch',
  'replicationcontrollers',
];
const ANYBODY_ELSE = [can('impersonate users!'), can('impersonate serviceaccounts')];
const BIND = [can(`bind clusterroles.${RBAC}`), can(`bind roles.${RBAC}`)];
const READ_SECRETS = [can('get,list,watch secrets')];
const BY_SECRET = 'create and read token Secrets';
const OTHERS_READ_IT = ['RBAC grants nothing by it: only another authorizer or an admission policy reads it'];

/**
 * Sources: kubernetes.io/docs/concepts/security/rbac-good-practices and /docs/reference/access-authn-authz, and what
 * the API server asks for each (rbac escalation checks, impersonation filter, certificate approval admission).
 */
export const MECHANISMS: readonly Mechanism[] = [
  { by: 'impersonate serviceaccounts', needs: [[can('impersonate serviceaccounts')]], target: 'account' },
  { by: 'impersonate users', needs: [[can('impersonate users!')]], target: 'user' },
  { by: 'impersonate groups', needs: [[can('impersonate groups!')], ANYBODY_ELSE], target: 'group' },
  {
    by: 'impersonate uids',
    needs: [[can('impersonate uids.authentication.k8s.io!')], ANYBODY_ELSE],
    target: 'uid',
    conditions: OTHERS_READ_IT,
  },
  {
    by: 'impersonate userextras',
    needs: [[can('impersonate userextras.authentication.k8s.io/*!')], ANYBODY_ELSE],
    target: 'extra',
    conditions: OTHERS_READ_IT,
  },
  { by: 'create serviceaccounts/token', needs: [[can('create serviceaccounts/token')]], target: 'account' },
  {
    by: 'create pods',
    admitted: true,
    needs: [[can('create pods'), ...TEMPLATED.map((one) => can(`create ${one}`))]],
    target: 'runs',
  },
  {
    by: 'change the pods of workloads',
    admitted: true,
    needs: [
      TEMPLATED.slice(0, 4)
        .concat(TEMPLATED.slice(5))
        .map((one) => can(`update,patch ${one}`)),
    ],
    target: 'runs',
    conditions: ['there is such a workload to change'],
    unless: 'create pods',
  },
  { by: 'pods/exec', needs: [[can('create,get pods/exec'), can('create,get pods/attach')]], target: 'pod' },
  {
    by: 'pods/ephemeralcontainers',
    admitted: true,
    needs: [[can('update,patch pods/ephemeralcontainers')]],
    target: 'pod',
  },
  { by: 'change images of pods', admitted: true, needs: [[can('update,patch pods')]], target: 'pod' },
  { by: 'nodes/proxy', needs: [[can('create,get nodes/proxy!')]], target: 'node' },
  { by: BY_SECRET, needs: [[can('create secrets')], READ_SECRETS], target: 'runs' },
  {
    by: 'read token Secrets',
    needs: [READ_SECRETS],
    target: 'runs',
    conditions: ['a Secret of type kubernetes.io/service-account-token holds its token'],
    unless: BY_SECRET,
  },
  {
    by: 'escalate clusterroles',
    needs: [[can(`escalate clusterroles.${RBAC}!`)], [can(`update,patch clusterroles.${RBAC}!`)]],
    target: 'anybody',
  },
  {
    by: 'escalate roles',
    needs: [[can(`escalate roles.${RBAC}`)], [can(`update,patch roles.${RBAC}`)]],
    target: 'runs',
    conditions: ['a binding of the namespace gives it such a Role'],
  },
  // Every cluster has a binding to cluster-admin, so who may only change bindings needs no other.
  {
    by: 'bind clusterroles',
    needs: [[can(`bind clusterroles.${RBAC}!`)], [can(`create,update,patch clusterrolebindings.${RBAC}!`)]],
    target: 'role',
  },
  {
    by: 'bind roles',
    needs: [BIND, [can(`create rolebindings.${RBAC}`)]],
    target: 'role',
  },
  {
    by: 'change rolebindings',
    needs: [BIND, [can(`update,patch rolebindings.${RBAC}`)]],
    target: 'role',
    conditions: ['a RoleBinding there binds the role already, and takes another subject'],
    unless: 'bind roles',
  },
  {
    by: 'sign certificates',
    needs: [
      [can(`create certificatesigningrequests.${CERTIFICATES}!`)],
      [can(`update,patch certificatesigningrequests.${CERTIFICATES}/approval!`)],
      [can(`approve signers.${CERTIFICATES}!`, ['kubernetes.io/kube-apiserver-client', 'kubernetes.io/*'])],
    ],
    target: 'anybody',
    conditions: ['the controller manager signs it; group system:masters is refused'],
  },
  {
    by: 'mutatingwebhookconfigurations',
    needs: [[can('create,update,patch mutatingwebhookconfigurations.admissionregistration.k8s.io!')]],
    target: 'anybody',
    conditions: ['the API server reaches a webhook that it runs'],
  },
];

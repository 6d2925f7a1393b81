/** Every call of the live reading, with the permission that it takes: the table of which `gcpAccess` is made. */

export type Call = {
  host: string;
  permission: string;
  method: 'GET' | 'POST';
  path(name: string): string;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  /** Key of the items, for lists. */
  items?: string;
};

const RESOURCE_MANAGER = 'cloudresourcemanager.googleapis.com';
const IAM = 'iam.googleapis.com';
const CONTAINER = 'container.googleapis.com';

function get(host: string, permission: string, path: Call['path'], list: Partial<Call> = {}): Call {
  return { host, permission, method: 'GET', path, ...list };
}

/** Below version 3 the API leaves conditions out. */
function nodePolicy(kind: 'projects' | 'folders' | 'organizations'): Call {
  return {
    host: RESOURCE_MANAGER,
    permission: `resourcemanager.${kind}.getIamPolicy`,
    method: 'POST',
    path: (name) => `/v3/${name}:getIamPolicy`,
    body: { options: { requestedPolicyVersion: 3 } },
  };
}

function attached(node: string): string {
  return encodeURIComponent(`${RESOURCE_MANAGER}/${node}`);
}

export const CALLS = {
  project: get(RESOURCE_MANAGER, 'resourcemanager.projects.get', (name) => `/v3/${name}`),
  folder: get(RESOURCE_MANAGER, 'resourcemanager.folders.get', (name) => `/v3/${name}`),
  projectPolicy: nodePolicy('projects'),
  folderPolicy: nodePolicy('folders'),
  organizationPolicy: nodePolicy('organizations'),
  serviceAccounts: get(IAM, 'iam.serviceAccounts.list', (name) => `/v1/${name}/serviceAccounts`, {
    query: { pageSize: '100' },
    items: 'accounts',
  }),
  serviceAccountPolicy: {
    host: IAM,
    permission: 'iam.serviceAccounts.getIamPolicy',
    method: 'POST',
    path: (name) => `/v1/${name}:getIamPolicy`,
    query: { 'options.requestedPolicyVersion': '3' },
  },
  role: get(IAM, 'iam.roles.get', (name) => `/v1/${name}`),
  denyPolicies: get(IAM, 'iam.denypolicies.list', (node) => `/v2/policies/${attached(node)}/denypolicies`, {
    items: 'policies',
  }),
  denyPolicy: get(IAM, 'iam.denypolicies.get', (name) => `/v2/${name}`),
  boundaries: get(
    IAM,
    'iam.principalaccessboundarypolicies.list',
    (name) => `/v3/${name}/locations/global/principalAccessBoundaryPolicies`,
    { items: 'principalAccessBoundaryPolicies' },
  ),
  policyBindings: get(
    IAM,
    'iam.policybindings.list',
    (name) => `/v3/${name}/locations/global/policyBindings`,
    { items: 'policyBindings' },
  ),
  pools: get(
    IAM,
    'iam.workloadIdentityPools.list',
    (name) => `/v1/${name}/locations/global/workloadIdentityPools`,
    { items: 'workloadIdentityPools' },
  ),
  providers: get(IAM, 'iam.workloadIdentityPoolProviders.list', (pool) => `/v1/${pool}/providers`, {
    items: 'workloadIdentityPoolProviders',
  }),
  clusters: get(CONTAINER, 'container.clusters.list', (name) => `/v1/${name}/locations/-/clusters`, {
    items: 'clusters',
  }),
} as const satisfies Record<string, Call>;
export type CallName = keyof typeof CALLS;

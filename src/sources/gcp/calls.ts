/** Every call of the live reading, with the permission that it takes: the table of which `gcpAccess` is made. */
import type { IamMethod, IamRequest } from './iam.ts';

export type Call = {
  host: string;
  permission: string;
  method: 'GET' | 'POST';
  path(name: string): string;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  /** Key of the items, for lists. */
  items?: string;
  /** Sent by the client of Google, which makes path and query itself; those here are what it sends. */
  client?: { method: IamMethod; request(name: string): IamRequest };
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

function denyPoliciesOf(node: string): string {
  return `policies/${encodeURIComponent(`${RESOURCE_MANAGER}/${node}`)}/denypolicies`;
}

function globalOf(node: string): string {
  return `${node}/locations/global`;
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
  denyPolicies: get(IAM, 'iam.denypolicies.list', (node) => `/v2/${denyPoliciesOf(node)}`, {
    items: 'policies',
    client: { method: 'listPolicies', request: (node) => ({ parent: denyPoliciesOf(node) }) },
  }),
  denyPolicy: get(IAM, 'iam.denypolicies.get', (name) => `/v2/${name}`, {
    client: { method: 'getPolicy', request: (name) => ({ name }) },
  }),
  boundaries: get(
    IAM,
    'iam.principalaccessboundarypolicies.list',
    (name) => `/v3/${globalOf(name)}/principalAccessBoundaryPolicies`,
    {
      items: 'principalAccessBoundaryPolicies',
      client: {
        method: 'listPrincipalAccessBoundaryPolicies',
        request: (name) => ({ parent: globalOf(name) }),
      },
    },
  ),
  policyBindings: get(IAM, 'iam.policybindings.list', (name) => `/v3/${globalOf(name)}/policyBindings`, {
    items: 'policyBindings',
    client: { method: 'listPolicyBindings', request: (name) => ({ parent: globalOf(name) }) },
  }),
  pools: get(
    IAM,
    'iam.workloadIdentityPools.list',
    (name) => `/v1beta/${globalOf(name)}/workloadIdentityPools`,
    {
      items: 'workloadIdentityPools',
      client: { method: 'listWorkloadIdentityPools', request: (name) => ({ parent: globalOf(name) }) },
    },
  ),
  providers: get(IAM, 'iam.workloadIdentityPoolProviders.list', (pool) => `/v1beta/${pool}/providers`, {
    items: 'workloadIdentityPoolProviders',
    client: { method: 'listWorkloadIdentityPoolProviders', request: (pool) => ({ parent: pool }) },
  }),
  clusters: get(CONTAINER, 'container.clusters.list', (name) => `/v1/${name}/locations/-/clusters`, {
    items: 'clusters',
  }),
} as const satisfies Record<string, Call>;
export type CallName = keyof typeof CALLS;

/**
 * What the roles by which one identity becomes another grant at least; an export seldom holds predefined roles.
 * https://cloud.google.com/iam/docs/roles-permissions/iam
 */
export const GCP_IDENTITY_ROLES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['roles/iam.workloadIdentityUser', accounts('get', 'getAccessToken', 'getOpenIdToken', 'list')],
  [
    'roles/iam.serviceAccountTokenCreator',
    accounts('get', 'getAccessToken', 'getOpenIdToken', 'implicitDelegation', 'list', 'signBlob', 'signJwt'),
  ],
  ['roles/iam.serviceAccountOpenIdTokenCreator', accounts('getOpenIdToken')],
  ['roles/iam.serviceAccountUser', accounts('actAs', 'get', 'list')],
  ['roles/iam.serviceAccountAdmin', accounts('get', 'getIamPolicy', 'list', 'setIamPolicy')],
  ['roles/iam.serviceAccountKeyAdmin', new Set(['iam.serviceAccountKeys.create'])],
  ['roles/iam.roleAdmin', new Set(['iam.roles.create', 'iam.roles.update'])],
  ['roles/iam.organizationRoleAdmin', new Set(['iam.roles.create', 'iam.roles.update'])],
  ['roles/resourcemanager.projectIamAdmin', policies('projects')],
  ['roles/resourcemanager.folderIamAdmin', policies('folders')],
  ['roles/resourcemanager.folderAdmin', policies('folders')],
  ['roles/resourcemanager.organizationAdmin', policies('folders', 'organizations', 'projects')],
  [
    'roles/iam.securityAdmin',
    new Set([...accounts('setIamPolicy'), ...policies('folders', 'organizations', 'projects')]),
  ],
  [
    'roles/owner',
    new Set([...accounts('actAs', 'setIamPolicy'), ...policies('projects'), 'iam.roles.update']),
  ],
  ['roles/storage.admin', new Set(['storage.buckets.getIamPolicy', 'storage.buckets.setIamPolicy'])],
]);

function policies(...resources: readonly string[]): ReadonlySet<string> {
  const verbs = ['getIamPolicy', 'setIamPolicy'];
  return new Set(resources.flatMap((one) => verbs.map((verb) => `resourcemanager.${one}.${verb}`)));
}

function accounts(...verbs: readonly string[]): ReadonlySet<string> {
  return new Set(verbs.map((verb) => `iam.serviceAccounts.${verb}`));
}

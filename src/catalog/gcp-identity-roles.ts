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
]);

function accounts(...verbs: readonly string[]): ReadonlySet<string> {
  return new Set(verbs.map((verb) => `iam.serviceAccounts.${verb}`));
}

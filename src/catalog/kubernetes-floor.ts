/**
 * What a fresh cluster gives to everybody who is authenticated: system:basic-user, system:discovery,
 * system:public-info-viewer and system:service-account-issuer-discovery of the bootstrap policy (plugin/pkg/auth/
 * authorizer/rbac/bootstrappolicy, v1.34).
 */
export const FLOOR_RESOURCES: readonly { verb: string; apiGroup: string; resource: string }[] = [
  { verb: 'create', apiGroup: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' },
  { verb: 'create', apiGroup: 'authorization.k8s.io', resource: 'selfsubjectrulesreviews' },
  { verb: 'create', apiGroup: 'authentication.k8s.io', resource: 'selfsubjectreviews' },
];

/** With `get`. */
export const FLOOR_URLS: readonly string[] = [
  '/api',
  '/api/*',
  '/apis',
  '/apis/*',
  '/healthz',
  '/livez',
  '/openapi',
  '/openapi/*',
  '/readyz',
  '/version',
  '/version/',
  '/.well-known/openid-configuration',
  '/.well-known/openid-configuration/',
  '/openid/v1/jwks',
  '/openid/v1/jwks/',
];

/** What must never be said, in any row, of any case: keys, signatures, tokens, secrets, bodies. */
import { describe, expect, it } from 'vitest';
import { createWorld, type Exchange, readCases, saidOf, show } from './cloud-cases.ts';

const CASES = [...readCases('cloud'), ...readCases('identity')];
/** Key ids of AWS, tokens of Google, parts of JSON Web Tokens, and everything that fixtures mark. */
const SECRET = /canary|A[KS]IA[A-Z0-9]{8}|ya29\.|eyJ[A-Za-z0-9_-]{8}|k8s-aws-v1/i;

function secretsIn(value: unknown): string[] {
  const text = JSON.stringify(value);
  return [...text.matchAll(new RegExp(SECRET, 'gi'))].map(({ index }) => text.slice(index, index + 60));
}

describe('secrets of the fixtures', () => {
  it('are there to be found', () => {
    const planted = CASES.filter(({ exchanges }) => secretsIn(exchanges).length > 0);
    expect(planted.length).toBeGreaterThan(100);
  });

  it.each(CASES)('$file says none', (one) => {
    expect(secretsIn(saidOf(one))).toEqual([]);
  });
});

/** Everywhere that a request can hold something, in requests that are otherwise well. */
const PLACES: readonly [string, (secret: string) => Exchange['request']][] = [
  ['key of S3', (s) => get('bucket.s3.eu-west-1.amazonaws.com', `/${s}/${s}`)],
  ['bucket of S3', (s) => get('s3.eu-west-1.amazonaws.com', `/${s}`)],
  ['query of S3', (s) => get('bucket.s3.eu-west-1.amazonaws.com', `/?prefix=${s}&list-type=2&${s}=${s}`)],
  ['unknown path of AWS', (s) => get('lambda.eu-west-1.amazonaws.com', `/${s}/${s}`)],
  ['path of an API', (s) => get('a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com', `/prod/${s}/${s}`)],
  ['session token', (s) => get('bucket.s3.amazonaws.com', '/a', { 'x-amz-security-token': s })],
  [
    'bearer token',
    (s) => get('storage.googleapis.com', '/storage/v1/b/b/o/o', { authorization: `Bearer ${s}` }),
  ],
  ['object of GCS', (s) => get('storage.googleapis.com', `/storage/v1/b/bucket/o/${s}%2F${s}`)],
  [
    'document of Firestore',
    (s) => get('firestore.googleapis.com', `/v1/projects/p/databases/d/documents/${s}/${s}`),
  ],
  ['message of Gmail', (s) => get('gmail.googleapis.com', `/gmail/v1/users/me/messages/${s}`)],
  ['unknown path of Google', (s) => get('secretmanager.googleapis.com', `/v1/${s}/${s}`)],
  ['API key of Google', (s) => get('translation.googleapis.com', `/v3/projects/p/locations?key=${s}`)],
  ['blob', (s) => get('acct.blob.core.windows.net', `/container/${s}/${s}?sig=${s}`)],
  ['unknown path of Azure', (s) => get('graph.microsoft.com', `/v1.0/${s}?$filter=${s}`)],
  ['API key of Azure', (s) => get('x.openai.azure.com', '/openai/models', { 'api-key': s })],
  ['path below a cluster', (s) => get('kubernetes.default.svc', `/healthz/${s}`)],
  ['selector', (s) => get('kubernetes.default.svc', `/api/v1/pods?labelSelector=${s}`)],
];

function get(authority: string, target: string, headers: Record<string, string> = {}): Exchange['request'] {
  const service = /(?:^|\.)(s3|lambda|execute-api)\./.exec(authority)?.[1];
  const credential = `AKIAIOSFODNN7EXAMPLE/20261121/eu-west-1/${service}/aws4_request`;
  const signed = authority.endsWith('amazonaws.com')
    ? { authorization: `AWS4-HMAC-SHA256 Credential=${credential}, Signature=x` }
    : {};
  return { method: 'GET', authority, target, headers: { ...signed, ...headers } };
}

describe('a secret in an unlikely place', () => {
  it.each(PLACES)('%s', (_, place) => {
    const said: Parameters<ReturnType<typeof createWorld>['say']>[0][] = [];
    const secret = 'sk-7Fh2Kp9QzX4vCanary1234567890';
    const response = { status: 200, headers: { 'x-secret': secret }, body: { text: `{"a":"${secret}"}` } };
    expect(show(createWorld(said), { request: place(secret), response })).toBeGreaterThan(0);
    expect(said.length).toBeGreaterThan(0);
    expect(JSON.stringify(said)).not.toContain(secret);
  });
});

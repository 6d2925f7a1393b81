/** Where credentials come from: the metadata servers of AWS (v2) and Google, and Google's token services. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, json } from './json.ts';

export const ACCOUNT = 'agent@lab-project.iam.gserviceaccount.com';
export const IMPERSONATED = 'writer@lab-project.iam.gserviceaccount.com';
export const ROLE = 'lab-node-role';
export const GOOGLE_TOKEN = 'ya29.c.c4n4ry-google-token';
export const IMPERSONATED_TOKEN = 'ya29.c.c4n4ry-impersonated-token';

const EXPIRES = '2036-01-01T00:00:00Z';
const AWS_CREDENTIALS = {
  ...{ Code: 'Success', Type: 'AWS-HMAC', LastUpdated: '2026-01-01T00:00:00Z', Expiration: EXPIRES },
  AccessKeyId: 'ASIALABNODEROLE00001',
  SecretAccessKey: 'c4n4ry-instance-secret-key',
  Token: 'c4n4ry-instance-session-token',
};

const AWS = '/latest/meta-data/iam/security-credentials/';
const GOOGLE = '/computeMetadata/v1/instance/service-accounts';

export function metadata(request: IncomingMessage, response: ServerResponse): ServerResponse {
  const path = (request.url ?? '').split('?')[0]!;
  const send = (body: string, type = 'text/plain') => {
    response.writeHead(200, { 'content-type': type, 'metadata-flavor': 'Google' });
    return response.end(body);
  };
  if (path === '/latest/api/token') return send('c4n4ry-imds-token');
  if (path === AWS) return send(ROLE);
  if (path === `${AWS}${ROLE}`) return send(JSON.stringify(AWS_CREDENTIALS));
  if (path === '/' || path === '') return send('computeMetadata/');
  if (path === '/computeMetadata/v1/project/project-id') return send('lab-project');
  if (
    path === '/computeMetadata/v1/universe/universe-domain' ||
    path === '/computeMetadata/v1/universe/universe_domain'
  )
    return send('googleapis.com');
  const [, , what] = new RegExp(`^${GOOGLE}/([^/]+)/(token|email)?$`).exec(path) ?? [];
  if (what === 'email') return send(ACCOUNT);
  if (what === 'token')
    return send(
      JSON.stringify({ access_token: GOOGLE_TOKEN, expires_in: 3000, token_type: 'Bearer' }),
      'application/json',
    );
  if (path.startsWith(GOOGLE))
    return send(
      JSON.stringify({ email: ACCOUNT, aliases: ['default'], scopes: ['cloud-platform'] }),
      'application/json',
    );
  return response.writeHead(404).end();
}

export async function google(request: IncomingMessage, response: ServerResponse): Promise<ServerResponse> {
  await bodyOf(request);
  const path = (request.url ?? '').split('?')[0]!;
  if (path.endsWith(':generateAccessToken'))
    return json(response, 200, { accessToken: IMPERSONATED_TOKEN, expireTime: EXPIRES });
  if (path.endsWith('/secrets/db/versions/latest:access'))
    return json(response, 200, { name: 'projects/1/secrets/db/versions/1', payload: { data: 'c2VjcmV0' } });
  if (path.startsWith('/storage/v1/b/'))
    return json(response, 200, { kind: 'storage#objects', items: [{}, {}] });
  return json(response, 403, { error: { code: 403, status: 'PERMISSION_DENIED', message: 'no' } });
}

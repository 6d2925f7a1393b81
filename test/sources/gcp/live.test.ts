import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT, UserError } from '../../../src/errors.ts';
import type { GcpEstate } from '../../../src/model/gcp.ts';
import { createGcpScope, workloadIdentity } from '../../../src/scope/gcp/index.ts';
import { createDocumentSaver } from '../../../src/sources/files/document-saver.ts';
import { createGcpBuilder, isGcpDocument } from '../../../src/sources/gcp/builder.ts';
import { readGcp } from '../../../src/sources/gcp/live.ts';
import { ANSWERS, type Answers, type Refusal, replay } from './replay.ts';

const AGENT = 'agent@p.iam.gserviceaccount.com';
const open: { close(): Promise<void> }[] = [];
const directories: string[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  for (const one of directories.splice(0)) rmSync(one, { recursive: true });
});

async function read(
  refusals: Record<string, Refusal> = {},
  answers: Answers = ANSWERS,
  projects = ['p', 'q'],
) {
  const server = await replay(answers, refusals);
  open.push(server);
  return { server, estate: await readGcp({ projects, endpoint: server.endpoint, retryDelayMs: 1 }) };
}

function row(estate: GcpEstate, source: string) {
  return estate.coverage.find((one) => one.source === source);
}

async function saved(refusals: Record<string, Refusal> = {}) {
  const server = await replay(ANSWERS, refusals);
  open.push(server);
  const directory = mkdtempSync(join(tmpdir(), 'gcp-'));
  directories.push(directory);
  const observer = await createDocumentSaver(directory, 'gcp');
  const live = await readGcp({ projects: ['p', 'q'], endpoint: server.endpoint, retryDelayMs: 1, observer });
  return { directory, live, files: await observer.finish(), observer };
}

function readBack(directory: string, files: readonly string[]): GcpEstate {
  const builder = createGcpBuilder();
  for (const file of files) {
    const document: unknown = JSON.parse(readFileSync(join(directory, file), 'utf8'));
    expect(isGcpDocument(document, join(directory, file)), file).toBe(true);
    expect(builder.add(document, join(directory, file)), file).toBe(true);
  }
  return builder.finish('2000-01-01T00:00:00.000Z');
}

describe('a live reading', () => {
  it('reads projects, all above them and all in them', async () => {
    const { estate, server } = await read();
    expect(estate.nodes).toEqual([
      { name: 'folders/2', number: null, parent: 'organizations/1' },
      { name: 'organizations/1', number: null, parent: null },
      { name: 'projects/p', number: '123', parent: 'folders/2' },
      { name: 'projects/q', number: '456', parent: 'organizations/1' },
    ]);
    expect(estate.serviceAccounts.map(({ email }) => email)).toContain('writer@p.iam.gserviceaccount.com');
    expect(estate.denyPolicies[0]!.rules[0]!.exceptionPrincipals).toEqual([
      'principalSet://goog/group/admins@example.com',
    ]);
    expect(estate.boundaries[0]!.enforcementVersion).toBe('3');
    expect(estate.providers.map(({ disabled }) => disabled)).toEqual([true, false]);
    expect(estate.clusters[0]!.name).toBe('projects/p/locations/europe-west1-b/clusters/main');
    expect(estate.roles).toHaveLength(7);
    expect(estate.coverage.filter(({ status }) => status !== 'read')).toEqual([]);
    expect(estate.warnings).toEqual([]);
    expect(server.authorizations.every((one) => one === undefined)).toBe(true);
  });

  it('answers questions from what it read', async () => {
    const { estate } = await read();
    const scope = createGcpScope(estate);
    const ask = (action: string, resource: string) =>
      scope.decide({ principal: AGENT, action, resource, context: {} }).verdict;
    expect(ask('bigquery.tables.getData', 'projects/p')).toBe('allow');
    expect(ask('bigquery.tables.get', 'projects/p')).toBe('conditional');
    expect(ask('pubsub.topics.publish', 'projects/p')).toBe('conditional');
    expect(ask('compute.instances.list', 'projects/p')).toBe('allow');
    const pod = { cluster: null, namespace: 'research', serviceAccount: 'report-agent', annotation: AGENT };
    expect(workloadIdentity(estate, { ...pod, nodePools: ['default'] }).candidates[0]).toMatchObject({
      mechanism: 'workload-identity',
      principal: `gcp:${AGENT}`,
      status: 'effective',
    });
  });

  it('is the same from its saved files', async () => {
    const { directory, live, files } = await saved();
    expect(readBack(directory, files)).toEqual(live);
    expect(files).toContain('gcp/projects/p/iam-policy.json');
    expect(files).toContain(`gcp/projects/p/serviceAccounts/${AGENT}/iam-policy.json`);
    expect(readBack(directory, [...files].reverse())).toEqual(live);
  });

  it('is the same from its saved files where much was refused', async () => {
    const { directory, live, files } = await saved({
      'POST cloudresourcemanager.googleapis.com/v3/folders/2:getIamPolicy': { status: 403 },
      'GET iam.googleapis.com/v2/policies/cloudresourcemanager.googleapis.com%2Forganizations%2F1': {
        status: 403,
      },
      'GET iam.googleapis.com/v1/roles/editor': { status: 403 },
      'GET container.googleapis.com/v1/projects/q': { status: 403, reason: 'SERVICE_DISABLED' },
    });
    expect(readBack(directory, files)).toEqual(live);
    expect(live.coverage.filter(({ status }) => status !== 'read')).toHaveLength(4);
  });

  it('saves no secret, and for its owner only', async () => {
    const { directory, files } = await saved();
    for (const file of files) {
      const text = readFileSync(join(directory, file), 'utf8');
      expect(text, file).not.toMatch(/clientKey|do-not-keep|c2VjcmV0/);
      expect(statSync(join(directory, file)).mode & 0o077, file).toBe(0);
    }
    expect(readdirSync(directory)).toEqual(['gcp']);
    await expect(createDocumentSaver(directory, 'gcp')).rejects.toThrow(/already there/);
  });
});

describe('what is refused', () => {
  it('is coverage, with API and permission, and makes answers cannot-tell', async () => {
    const { estate } = await read({
      'POST cloudresourcemanager.googleapis.com/v3/folders/2:getIamPolicy': {
        status: 403,
        message: 'The caller does not have permission',
      },
      'GET iam.googleapis.com/v2/policies/cloudresourcemanager.googleapis.com%2Ffolders%2F2': { status: 403 },
    });
    expect(row(estate, 'gcp:folders/2/iam-policy')).toMatchObject({
      status: 'denied',
      resource: 'gcp-policies',
      reason: expect.stringContaining(
        'cloudresourcemanager.googleapis.com refuses resourcemanager.folders.getIamPolicy on folders/2',
      ),
    });
    const scope = createGcpScope(estate);
    const answer = scope.decide({
      principal: AGENT,
      action: 'bigquery.tables.getData',
      resource: 'projects/p',
      context: {},
    });
    expect(answer).toMatchObject({
      verdict: 'cannot-tell',
      reason: expect.stringContaining('iam.denypolicies.list'),
    });
  });

  it('a parent that may not be read leaves what is above it unknown', async () => {
    const { estate } = await read({
      'GET cloudresourcemanager.googleapis.com/v3/folders/2': { status: 403 },
    });
    const answer = createGcpScope(estate).decide({
      principal: AGENT,
      action: 'run.jobs.run',
      resource: 'projects/p',
      context: {},
    });
    expect(answer).toMatchObject({
      verdict: 'cannot-tell',
      reason: expect.stringContaining('above folders/2'),
    });
  });

  it('an API that is not enabled is said so', async () => {
    const { estate } = await read({
      'GET container.googleapis.com': {
        status: 403,
        reason: 'SERVICE_DISABLED',
        message: 'has not been used',
      },
    });
    expect(row(estate, 'gcp:projects/p/clusters')).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('gcloud services enable container.googleapis.com'),
    });
    expect(
      workloadIdentity(estate, { cluster: null, namespace: 'a', serviceAccount: 'b', annotation: null }).gap,
    ).toContain('not enabled');
  });

  it('quota is waited for', async () => {
    const { estate, server } = await read({
      'GET iam.googleapis.com/v1/roles/viewer': { status: 429, times: 2 },
    });
    expect(estate.roles.map(({ name }) => name)).toContain('roles/viewer');
    expect(server.calls.filter((call) => call.endsWith('/roles/viewer'))).toHaveLength(3);
  });

  it('quota that does not come back is said', async () => {
    const { estate } = await read({ 'GET iam.googleapis.com/v1/roles/viewer': { status: 429 } });
    expect(row(estate, 'gcp:roles')).toMatchObject({
      status: 'failed',
      objects: 6,
      reason: expect.stringContaining('quota'),
    });
  });

  it('half of a list is not the list', async () => {
    const { estate } = await read({
      'GET iam.googleapis.com/v1/projects/p/serviceAccounts?pageSize=100&pageToken': { status: 403 },
    });
    expect(row(estate, 'gcp:projects/p/service-accounts')).toMatchObject({ status: 'denied' });
    expect(estate.serviceAccounts).toHaveLength(2);
  });

  it('pages without end end', async () => {
    const list = 'GET iam.googleapis.com/v1/projects/q/serviceAccounts?pageSize=100';
    const { estate } = await read(
      {},
      { ...ANSWERS, [list]: { nextPageToken: 'x' }, [`${list}&pageToken=x`]: { nextPageToken: 'x' } },
    );
    expect(row(estate, 'gcp:projects/q/service-accounts')).toMatchObject({
      status: 'failed',
      reason: 'its pages have no end',
    });
  });

  it('answers that are malformed or no JSON are gaps', async () => {
    const { estate } = await read(
      {},
      {
        ...ANSWERS,
        'POST cloudresourcemanager.googleapis.com/v3/projects/q:getIamPolicy': { bindings: 'all' },
        'GET container.googleapis.com/v1/projects/q/locations/-/clusters': '<html>',
      },
    );
    expect(row(estate, 'gcp:projects/q/iam-policy')).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('malformed'),
    });
    expect(row(estate, 'gcp:projects/q/clusters')).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('not JSON'),
    });
  });

  it('parents that go round end, and are no ancestry', async () => {
    const { estate } = await read(
      {},
      {
        ...ANSWERS,
        'GET cloudresourcemanager.googleapis.com/v3/folders/2': { name: 'folders/2', parent: 'folders/3' },
        'GET cloudresourcemanager.googleapis.com/v3/folders/3': { name: 'folders/3', parent: 'folders/2' },
        'POST cloudresourcemanager.googleapis.com/v3/folders/3:getIamPolicy': { etag: 'ACAB' },
      },
    );
    const answer = createGcpScope(estate).decide({
      principal: AGENT,
      action: 'run.jobs.run',
      resource: 'projects/p',
      context: {},
    });
    expect(answer).toMatchObject({ verdict: 'cannot-tell', reason: expect.stringContaining('circle') });
  });

  it('one project of two is a gap', async () => {
    const { estate } = await read({
      'GET cloudresourcemanager.googleapis.com/v3/projects/q': { status: 403 },
    });
    expect(row(estate, 'gcp:projects/q/project')).toMatchObject({ status: 'denied' });
    expect(estate.nodes.map(({ name }) => name)).not.toContain('projects/q');
  });
});

/** Credentials of another cloud's workload, exchanged at `server`. */
async function withCredentials(server: string): Promise<GcpEstate> {
  const directory = mkdtempSync(join(tmpdir(), 'gcp-key-'));
  directories.push(directory);
  writeFileSync(join(directory, 'token'), 'a.b.c');
  const key = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/x/providers/y',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${server}/v1/token`,
    credential_source: { file: join(directory, 'token') },
  };
  writeFileSync(join(directory, 'key.json'), JSON.stringify(key));
  const before = process.env.GOOGLE_APPLICATION_CREDENTIALS;
  process.env.GOOGLE_APPLICATION_CREDENTIALS = join(directory, 'key.json');
  try {
    return await readGcp({ projects: ['p'] });
  } finally {
    if (before === undefined) delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
    else process.env.GOOGLE_APPLICATION_CREDENTIALS = before;
  }
}

describe('the end', () => {
  it('is when no project may be read', async () => {
    await expect(
      read({ 'GET cloudresourcemanager.googleapis.com/v3/projects': { status: 403 } }),
    ).rejects.toMatchObject({
      exitCode: EXIT.failed,
      message: expect.stringContaining('resourcemanager.projects.get'),
    });
  });

  it('is when credentials are refused, and says what to do', async () => {
    const refused = read({
      'GET cloudresourcemanager.googleapis.com': {
        status: 401,
        message: 'Request had invalid authentication credentials',
      },
    });
    await expect(refused).rejects.toMatchObject({
      hint: expect.stringContaining('gcloud auth application-default login'),
    });
    await expect(refused).rejects.toBeInstanceOf(UserError);
  });

  it('is when they expire on the way', async () => {
    await expect(
      read({ 'GET container.googleapis.com': { status: 401, message: 'token expired' } }),
    ).rejects.toThrow(/token expired/);
  });

  it('is when there are none', async () => {
    const before = process.env.GOOGLE_APPLICATION_CREDENTIALS;
    process.env.GOOGLE_APPLICATION_CREDENTIALS = '/nonexistent/key.json';
    try {
      const none = readGcp({ projects: ['p'] });
      await expect(none).rejects.toMatchObject({
        message: 'no credentials for Google Cloud',
        exitCode: EXIT.failed,
      });
    } finally {
      if (before === undefined) delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
      else process.env.GOOGLE_APPLICATION_CREDENTIALS = before;
    }
  });

  it('is when they have expired, with the words of who refuses them', async () => {
    const tokens = createServer((_, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end('{"error":"invalid_grant","error_description":"Token has been expired or revoked."}');
    });
    await new Promise<void>((resolve) => tokens.listen(0, '127.0.0.1', resolve));
    open.push({ close: async () => void tokens.close() });
    const refused = withCredentials(`http://127.0.0.1:${(tokens.address() as AddressInfo).port}`);
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(
        /refuses the credentials in .*key.json: .*(expired or revoked|invalid_grant)/s,
      ),
      hint: expect.stringContaining('gcloud auth application-default login'),
      exitCode: EXIT.failed,
    });
  });

  it('is when tokens cannot be asked for', async () => {
    await expect(withCredentials('http://127.0.0.1:1')).rejects.toThrow(
      /oauth2.googleapis.com cannot be reached: ECONNREFUSED/,
    );
  });

  it('is when nothing listens', async () => {
    const gone = readGcp({ projects: ['p'], endpoint: 'http://127.0.0.1:1' });
    await expect(gone).rejects.toMatchObject({ message: expect.stringMatching(/cannot be reached/) });
  });

  it('is when no project is named, or none that could be', async () => {
    await expect(readGcp({ projects: [] })).rejects.toMatchObject({ exitCode: EXIT.usage });
    await expect(readGcp({ projects: ['../x'] })).rejects.toThrow(/no id of a project/);
  });
});

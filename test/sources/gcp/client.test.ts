/** What Google's client asks for: the same documents, gaps and ends as of plain REST. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EXIT } from '../../../src/errors.ts';
import { createDocumentSaver } from '../../../src/sources/files/document-saver.ts';
import { readGcp } from '../../../src/sources/gcp/live.ts';
import * as schema from '../../../src/sources/gcp/schema.ts';
import { ANSWERS, type Answers, type Refusal, replay } from './replay.ts';

const IAM = 'GET iam.googleapis.com';
const DENY_POLICY = `${IAM}/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2F123/denypolicies/no-secrets`;
const DENY_POLICIES = `${IAM}/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fp/denypolicies`;
const BOUNDARIES = `${IAM}/v3/organizations/1/locations/global/principalAccessBoundaryPolicies`;
const BINDINGS = `${IAM}/v3/projects/p/locations/global/policyBindings`;
const POOLS = `${IAM}/v1beta/projects/p/locations/global/workloadIdentityPools`;
const PROVIDERS = `${IAM}/v1beta/projects/123/locations/global/workloadIdentityPools`;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function read(refusals: Record<string, Refusal>, answers: Answers = {}) {
  const server = await replay({ ...ANSWERS, ...answers }, refusals);
  ends.push(server.close);
  const limits = { retryDelayMs: 1, requestTimeoutMs: 2000 };
  const estate = await readGcp({ projects: ['p'], endpoint: server.endpoint, ...limits });
  const row = (source: string) => estate.coverage.find((one) => one.source === source);
  return { estate, row, count: (call: string) => server.calls.filter((one) => one === call).length };
}

describe('documents', () => {
  const listed = (call: string, items: string) => (ANSWERS[call] as Record<string, unknown[]>)[items]!;
  const files = [
    ['projects/p/deny-policies', schema.denyPolicySchema, [ANSWERS[DENY_POLICY]]],
    ['projects/q/deny-policies', schema.denyPolicySchema, []],
    [
      'organizations/1/boundaries',
      schema.boundarySchema,
      listed(BOUNDARIES, 'principalAccessBoundaryPolicies'),
    ],
    ['projects/p/policy-bindings', schema.bindingSchema, listed(BINDINGS, 'policyBindings')],
    ['folders/2/policy-bindings', schema.bindingSchema, []],
    ['projects/p/workload-identity-pools', schema.poolSchema, listed(POOLS, 'workloadIdentityPools')],
    [
      'projects/p/workload-identity-providers',
      schema.providerSchema,
      ['github', 'aws'].flatMap((pool) =>
        listed(`${PROVIDERS}/${pool}/providers`, 'workloadIdentityPoolProviders'),
      ),
    ],
  ] as const;

  it('are the REST JSON, byte for byte', async () => {
    const server = await replay(ANSWERS);
    const directory = mkdtempSync(join(tmpdir(), 'gcp-'));
    ends.push(server.close, () => rmSync(directory, { recursive: true }));
    const observer = await createDocumentSaver(directory, 'gcp');
    await readGcp({ projects: ['p', 'q'], endpoint: server.endpoint, observer });
    await observer.finish();
    for (const [file, type, answers] of files) {
      const expected = JSON.stringify(z.array(type as z.ZodType).parse(answers), null, 1);
      expect(readFileSync(join(directory, 'gcp', `${file}.json`), 'utf8'), file).toBe(`${expected}\n`);
    }
  });
});

describe('refusals', () => {
  const cases: [string, Refusal, string, { status: string; reason: string; sent: number }][] = [
    [
      DENY_POLICIES,
      { status: 403, message: 'no' },
      'gcp:projects/p/deny-policies',
      { status: 'denied', reason: 'refuses iam.denypolicies.list on projects/p: no', sent: 1 },
    ],
    [
      BINDINGS,
      { status: 403, reason: 'SERVICE_DISABLED' },
      'gcp:projects/p/policy-bindings',
      { status: 'failed', reason: 'gcloud services enable iam.googleapis.com', sent: 1 },
    ],
    [
      POOLS,
      { status: 404 },
      'gcp:projects/p/workload-identity-pools',
      { status: 'absent', reason: 'iam.googleapis.com knows no projects/p', sent: 1 },
    ],
    [
      BOUNDARIES,
      { status: 429 },
      'gcp:organizations/1/boundaries',
      { status: 'failed', reason: 'the quota of iam.googleapis.com is used up', sent: 5 },
    ],
    [
      `${PROVIDERS}/github/providers`,
      { status: 503, message: 'later' },
      'gcp:projects/p/workload-identity-providers',
      { status: 'failed', reason: 'iam.googleapis.com answers 503', sent: 5 },
    ],
  ];
  for (const [call, refusal, source, { status, reason, sent }] of cases)
    it(`${refusal.status} ${refusal.reason ?? ''} of ${source}`, async () => {
      const { row, count } = await read({ [call]: refusal });
      expect(row(source)).toMatchObject({ status, reason: expect.stringContaining(reason) });
      expect(count(call)).toBe(sent);
    });

  it('that pass are asked again', async () => {
    const { estate, row, count } = await read({ [BOUNDARIES]: { status: 503, times: 2 } });
    expect(estate.boundaries).toHaveLength(1);
    expect(row('gcp:organizations/1/boundaries')).toMatchObject({ status: 'read' });
    expect(count(BOUNDARIES)).toBe(3);
  });

  it('without a word are gaps once their time is over', async () => {
    const { row, count } = await read({ [BOUNDARIES]: { status: 0 } });
    expect(row('gcp:organizations/1/boundaries')).toMatchObject({
      status: 'failed',
      reason: 'iam.googleapis.com cannot be reached: no answer in time',
    });
    expect(count(BOUNDARIES)).toBe(1);
  });

  it('of credentials are the end', async () => {
    await expect(read({ [POOLS]: { status: 401, message: 'token expired' } })).rejects.toMatchObject({
      message: expect.stringContaining('token expired'),
      exitCode: EXIT.failed,
    });
  });
});

describe('pages', () => {
  const [own] = (ANSWERS[BINDINGS] as { policyBindings: { name: string }[] }).policyBindings;
  const page = (nextPageToken: string, name: string) => ({
    policyBindings: [{ ...own, name: `projects/p/locations/global/policyBindings/${name}` }],
    nextPageToken,
  });

  it('are followed to the last', async () => {
    const { estate, row } = await read(
      {},
      { [BINDINGS]: page('a/+=', 'one'), [`${BINDINGS}?pageToken=a/+=`]: page('', 'two') },
    );
    expect(estate.boundaryBindings.map(({ name }) => name.split('/').at(-1))).toEqual(['one', 'two']);
    expect(row('gcp:projects/p/policy-bindings')).toMatchObject({ status: 'read', objects: 2 });
  });

  it('without end end', async () => {
    const { row } = await read(
      {},
      { [BINDINGS]: page('x', 'one'), [`${BINDINGS}?pageToken=x`]: page('x', 'two') },
    );
    expect(row('gcp:projects/p/policy-bindings')).toMatchObject({ reason: 'its pages have no end' });
  });
});

describe('malformed answers', () => {
  const named = ANSWERS[DENY_POLICY] as { name: string };
  const boundary = (effect: unknown) => ({
    principalAccessBoundaryPolicies: [{ name: `${BOUNDARIES}/x`, details: { rules: [{ effect }] } }],
  });
  const cases: [string, string, unknown, string, string][] = [
    ['no JSON', BINDINGS, '<html>', 'gcp:projects/p/policy-bindings', 'not JSON'],
    ['null', BINDINGS, 'null', 'gcp:projects/p/policy-bindings', 'malformed'],
    ['a list', BINDINGS, [], 'gcp:projects/p/policy-bindings', 'malformed'],
    ['text', BINDINGS, '"x"', 'gcp:projects/p/policy-bindings', 'malformed'],
    ['text for a list', DENY_POLICIES, { policies: 'all' }, 'gcp:projects/p/deny-policies', 'malformed'],
    ['text for items', DENY_POLICIES, { policies: ['x'] }, 'gcp:projects/p/deny-policies', 'malformed'],
    ['null for items', DENY_POLICIES, { policies: [null] }, 'gcp:projects/p/deny-policies', 'malformed'],
    [
      'text for a rule',
      DENY_POLICY,
      { ...named, rules: [{ denyRule: 'x' }] },
      'gcp:projects/p/deny-policies',
      'malformed',
    ],
    ['an effect by a new name', BOUNDARIES, boundary('DENY'), 'gcp:organizations/1/boundaries', 'malformed'],
    [
      'a name of no provider',
      POOLS,
      { workloadIdentityPools: [{ name: 'x' }] },
      'gcp:projects/p/workload-identity-providers',
      'not asked',
    ],
  ];
  for (const [what, call, answer, source, reason] of cases)
    it(`${what} is a gap`, async () => {
      const { row } = await read({}, { [call]: answer });
      expect(row(source)).toMatchObject({ status: 'failed', reason: expect.stringContaining(reason) });
    });

  it('and what is merely new is no allowance', async () => {
    const [pool] = (ANSWERS[POOLS] as { workloadIdentityPools: { name: string }[] }).workloadIdentityPools;
    const [binding] = (ANSWERS[BINDINGS] as { policyBindings: object[] }).policyBindings;
    const { estate } = await read(
      {},
      {
        [BOUNDARIES]: boundary(7),
        [POOLS]: { workloadIdentityPools: [{ ...pool, state: 7 }] },
        [BINDINGS]: { policyBindings: [{ ...binding, policyKind: 7, further: { field: 1 } }] },
      },
    );
    expect(estate.boundaries.map(({ rules }) => rules)).toEqual([[]]);
    expect(estate.providers.map(({ disabled }) => disabled)).toEqual([true]);
    expect(estate.boundaryBindings).toEqual([]);
    expect(estate.warnings).toEqual([expect.stringContaining('policy bindings of kind 7 are not modelled')]);
  });
});

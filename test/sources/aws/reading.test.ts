/** Pages and answers as no server should give them, and what a reading makes of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { createAwsBuilder } from '../../../src/sources/aws/builder.ts';
import type { AwsCall } from '../../../src/sources/aws/calls.ts';
import { readAws } from '../../../src/sources/aws/live.ts';
import { readEks } from '../../../src/sources/aws/live-eks.ts';
import { readIam } from '../../../src/sources/aws/live-iam.ts';
import { readLastAccessed } from '../../../src/sources/aws/live-last-accessed.ts';
import { readOrganizations } from '../../../src/sources/aws/live-organizations.ts';
import { readAwsExports } from '../../../src/sources/aws/read-exports.ts';
import type { Reading } from '../../../src/sources/aws/reading.ts';
import { createDocumentSaver } from '../../../src/sources/files/document-saver.ts';

const ACCOUNT = '111122223333';
const REGION = 'eu-central-1';
type Input = Record<string, unknown>;
type Answers = Partial<Record<AwsCall, (input: Input) => unknown>>;

function readingOf(answers: Answers, rest: Partial<Reading> = {}) {
  const sent: string[] = [];
  const builder = createAwsBuilder();
  const call: Reading['call'] = async (name, input) => {
    sent.push(name);
    const answer = answers[name];
    if (!answer) throw Object.assign(new Error('not for you'), { name: 'AccessDenied' });
    return answer(input as Input);
  };
  const reading: Reading = {
    account: ACCOUNT,
    builder,
    call,
    credentials: 'a test',
    observer: null,
    ...rest,
  };
  return { reading, builder, sent };
}

const failed = (builder: ReturnType<typeof createAwsBuilder>, collection: string) =>
  builder.finish(null).coverage.find(({ source }) => source.endsWith(`:${collection}`));

describe('a reading of AWS', () => {
  const PAGES: readonly [what: string, page: Input, reason: RegExp][] = [
    ['the same marker for ever', { IsTruncated: true, Marker: 'x' }, /the same page again and again/],
    ['more without a marker', { IsTruncated: true }, /and not where/],
  ];
  it.each(PAGES)('ends at %s', async (_, page, reason) => {
    const { reading, builder, sent } = readingOf({ 'iam.GetAccountAuthorizationDetails': () => page });
    await readIam(reading);
    expect(sent.filter((name) => name === 'iam.GetAccountAuthorizationDetails').length).toBeLessThan(4);
    const row = failed(builder, 'authorization-details');
    expect(row?.status).toBe('failed');
    expect(row?.reason).toMatch(reason);
  });

  it('says of a list that is none what it is', async () => {
    const { reading, builder } = readingOf({ 'eks.ListClusters': () => ({ clusters: 'agents' }) });
    await readEks(reading, REGION);
    expect(failed(builder, 'clusters')).toMatchObject({
      ...{ source: `aws:${ACCOUNT}/${REGION}:clusters`, status: 'failed' },
      reason: expect.stringContaining('clusters: expected a list'),
    });
  });

  it('tells a cluster without access entries from one whose entries are refused', async () => {
    const { reading, builder } = readingOf({
      'eks.ListClusters': () => ({ clusters: ['agents'] }),
      'eks.ListAccessEntries': () => {
        throw Object.assign(new Error('authentication mode is CONFIG_MAP'), {
          name: 'InvalidRequestException',
        });
      },
    });
    await readEks(reading, REGION);
    expect(failed(builder, 'access-entries')).toMatchObject({
      status: 'not-served',
      reason: expect.stringContaining('cluster/agents has no access entries: authentication mode'),
    });
    expect(failed(builder, 'nodegroups')).toMatchObject({ status: 'denied' });
  });

  it('gives up a job of last-accessed data that failed', async () => {
    const principal = `arn:aws:iam::${ACCOUNT}:role/a`;
    const { reading, builder } = readingOf({
      'iam.GenerateServiceLastAccessedDetails': () => ({ JobId: '1' }),
      'iam.GetServiceLastAccessedDetails': () => ({ JobStatus: 'FAILED' }),
    });
    await readLastAccessed(reading, [principal, 'arn:aws:iam::999988887777:role/other']);
    expect(failed(builder, 'last-accessed')).toMatchObject({ status: 'failed' });
  });

  it('keeps accounts of another organization apart', async () => {
    const of = (account: string, id: string) => ({
      'organizations.DescribeOrganization': () => ({ Organization: { Id: id, MasterAccountId: account } }),
      'organizations.ListParents': () => ({ Parents: [{ Id: `r-${id}` }] }),
      'organizations.ListPoliciesForTarget': () => ({ Policies: [] }),
    });
    const first = readingOf(of(ACCOUNT, 'o-1'));
    const other = '444455556666';
    const { builder } = first;
    const second = readingOf(of(other, 'o-2'), { account: other, builder });
    await readOrganizations([first.reading, second.reading]);
    const { organization, coverage } = builder.finish(null);
    expect(Object.keys(organization!.paths)).toEqual([ACCOUNT]);
    const row = coverage.find(({ source }) => source === `aws:${other}:organization`);
    expect(row).toMatchObject({ status: 'failed', reason: 'in organization o-2, and only o-1 is read' });
  });

  it('saves names that are too long for a file, and nothing that is not used', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ai-spm-aws-save-'));
    try {
      const saver = await createDocumentSaver(folder, 'aws');
      const arns = ['a', 'b'].map(
        (end) => `arn:aws:iam::${ACCOUNT}:oidc-provider/x/${'ü'.repeat(200)}${end}`,
      );
      const { reading, builder } = readingOf(
        {
          'iam.ListOpenIDConnectProviders': () => ({
            OpenIDConnectProviderList: arns.map((Arn) => ({ Arn })),
          }),
          'iam.GetOpenIDConnectProvider': ({ OpenIDConnectProviderArn: arn }) => ({
            ...{ Url: String(arn).slice(-3), ClientIDList: ['x'], Secret: 'hidden' },
          }),
        },
        { observer: { document: (path, text) => saver.document(path, text) } },
      );
      await readIam(reading);
      const files = await saver.finish();
      expect(Math.max(...files.map((path) => Buffer.byteLength(path.split('/').at(-1)!)))).toBeLessThan(255);
      const read = await readAwsExports([folder]);
      expect(read.oidcProviders).toHaveLength(2);
      expect(read.oidcProviders).toEqual(builder.finish(null).oidcProviders);
      expect(JSON.stringify(read)).not.toContain('hidden');
      await expect(createDocumentSaver(folder, 'aws')).rejects.toThrow(UserError);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses what is no region and no role before anything is sent', async () => {
    const bad = { regions: ['eu-central-1/../x'], assumeRoles: [] };
    await expect(readAws(bad)).rejects.toThrow(/is no region of AWS/);
    const user = { regions: [], assumeRoles: [`arn:aws:iam::${ACCOUNT}:user/a`] };
    await expect(readAws(user)).rejects.toThrow(/is no ARN of a role/);
  });
});

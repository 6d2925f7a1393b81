/** Logs as the clouds and the API server write them (their documented records), summed into rows of use. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UsageRow } from '../../../src/model/usage.ts';
import { sumUsage } from '../../../src/observe/usage/sum.ts';
import { readUsage } from '../../../src/sources/usage/read.ts';
import { runs } from '../../fuzz.ts';

const USAGE = fileURLToPath(new URL('../../../fixtures/usage/', import.meta.url));
const ROLE = 'aws:arn:aws:iam::111122223333:role/agents/report-agent';
const ACCOUNT = 'system:serviceaccount:research:report-agent';

async function usageOf(...files: string[]) {
  const sum = sumUsage();
  await readUsage(
    files.map((file) => USAGE + file),
    sum,
  );
  return sum.finish();
}

function brief({ principal, subject, context, count, denied, pod }: UsageRow) {
  return [principal, subject, context, count, denied, pod];
}

describe('logs of use', () => {
  it('CloudTrail: actions of the role behind a session, attempts apart, and who was handed which role', async () => {
    const { rows, windows, warnings } = await usageOf('cloudtrail.json');
    expect(rows.map(brief)).toEqual([
      [ROLE, 'aws:s3:GetObject', 'arn:aws:s3:::corpus/reports/1.pdf', 2, 0, null],
      [ROLE, 'aws:secretsmanager:GetSecretValue', null, 1, 1, null],
      [ACCOUNT, `${ACCOUNT} → ${ROLE}`, 'sts-web-identity', 1, 0, null],
      [ACCOUNT, 'aws:sts:AssumeRoleWithWebIdentity', null, 1, 0, null],
    ]);
    expect(windows).toMatchObject([{ source: 'log:cloudtrail', start: Date.parse('2026-03-10T07:59:00Z') }]);
    expect(warnings).toEqual([]);
  });

  it('Kubernetes: requests once, whoever was impersonated, the pod that its token was bound to', async () => {
    const { rows } = await usageOf('kubernetes-audit.jsonl');
    expect(rows.map(brief)).toEqual([
      [ACCOUNT, 'list pods', 'research/', 1, 0, 'research/report-agent-6c8d-x2x7q'],
      [ACCOUNT, 'get secrets', 'research/db', 1, 1, null],
      [ACCOUNT, 'watch deployments.apps', null, 1, 0, null],
      [ACCOUNT, 'get /version', null, 1, 0, null],
    ]);
  });

  it('GCP: the permissions themselves, and who impersonated whom', async () => {
    const { rows } = await usageOf('gcp-audit.json');
    expect(rows.map(brief)).toEqual([
      [
        'gcp:p.svc.id.goog[research/report-agent]',
        'gcp:p.svc.id.goog[research/report-agent] → gcp:agent@p.iam.gserviceaccount.com',
        'gcp-impersonation',
        1,
        0,
        null,
      ],
      [
        'gcp:agent@p.iam.gserviceaccount.com',
        'gcp:secretmanager.versions.access',
        'projects/p/secrets/db/versions/1',
        1,
        0,
        null,
      ],
      [
        'gcp:agent@p.iam.gserviceaccount.com',
        'gcp:storage.objects.get',
        'projects/_/buckets/corpus/objects/x',
        1,
        1,
        null,
      ],
    ]);
  });

  it('reads a folder of all of them, and says what it does not know', async () => {
    const { rows, windows } = await usageOf('');
    expect(rows.length).toBe(11);
    expect(new Set(windows.map(({ source }) => source)).size).toBe(3);
    await expect(usageOf('../estate/secrets.json')).rejects.toThrow(/no record of CloudTrail/);
  });

  it('never throws on a record, whatever it is', () => {
    const texts = readFileSync(`${USAGE}cloudtrail.json`, 'utf8');
    const keys = [...new Set([...texts.matchAll(/"(\w+)":/g)].map(([, key]) => key!)), '__proto__'];
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        fc.string(),
        fc.integer(),
        fc.constant(null),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('any'), { maxKeys: 6 }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (record) => {
        sumUsage().add(record, 'fuzz');
      }),
      runs(300),
    );
  });
});

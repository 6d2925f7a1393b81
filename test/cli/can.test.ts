/** `--can` and `--can-file` as a user asks them; and the corpora, through the whole program. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseQuestion } from '../../src/commands/can-question.ts';
import type { Answer, Query } from '../../src/model/query.ts';
import { hasCorpus, readCorpus } from '../match/corpora.ts';
import { expectRefusal, runCli, runShell } from './run-cli.ts';

const QUESTIONS = fileURLToPath(new URL('../../fixtures/questions/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ai-spm-can-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Asked = { ask: Query; verdict: Answer['verdict']; reason?: string; via?: string[] };

async function answersOf(estate: string, queries: readonly unknown[]): Promise<Answer[]> {
  const file = join(folder, 'queries.jsonl');
  writeFileSync(file, queries.map((one) => JSON.stringify(one)).join('\n'));
  const { code, stdout, stderr } = await runCli(['audit', '--configured', estate, '--can-file', file, '-q']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

const estates = readdirSync(QUESTIONS).filter((one) => !one.endsWith('.yaml'));
for (const name of estates)
  it(`answers the questions to ${name}, a line for each`, async () => {
    const asked = parse(readFileSync(join(QUESTIONS, `${name}.yaml`), 'utf8')) as Asked[];
    const answers = await answersOf(
      join(QUESTIONS, name),
      asked.map(({ ask }) => ask),
    );
    expect(answers.map(({ verdict }) => verdict)).toEqual(asked.map(({ verdict }) => verdict));
    for (const [index, { reason = '', via = [] }] of asked.entries()) {
      const { reason: said, path, conditions } = answers[index]!;
      expect(said).toContain(reason);
      expect(said).not.toBe('');
      const objects = path.map(({ object }) => object);
      expect(via.filter((one) => !objects.includes(one))).toEqual([]);
      expect(conditions.length > 0).toBe(asked[index]!.verdict === 'conditional');
    }
  });

describe('--can', () => {
  const ask = (question: string, ...rest: string[]) =>
    runCli(['audit', '--configured', join(QUESTIONS, 'eks'), '--can', question, ...rest]);

  it('prints the verdict, why, and the way, within 80 columns', async () => {
    const { code, stdout } = await ask('deploy/research/report-agent s3:GetObject arn:aws:s3:::corpus/x');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^allow +deploy\/research\/report-agent s3:GetObject/);
    expect(stdout).toMatch(/\nwhy +as aws:arn:aws:iam::111122223333:role\/report-agent: allowed by/);
    expect(stdout).toMatch(/\npath +1\. ServiceAccount research\/report-agent/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('takes what kubectl auth can-i takes, and arrows', async () => {
    const verdicts = await Promise.all(
      [
        'sa/research/report-agent get secrets',
        'sa/research/report-agent get pods --subresource log -n research',
        'system:serviceaccount:research:report-agent get /version',
        'research/report-agent → 10.96.0.1:443',
      ].map(async (question) => {
        const { stdout } = await ask(question, '-f', 'json');
        return (JSON.parse(stdout) as Answer).verdict;
      }),
    );
    expect(verdicts).toEqual(['deny', 'deny', 'deny', 'allow']);
  });

  it('refuses what is no question, with examples', async () => {
    expectRefusal(
      await ask('research/report-agent'),
      2,
      /expected a subject and what it would do[\s\S]*for example/,
    );
    expectRefusal(await ask('research/report-agent -> gateway'), 2, /expected TARGET:PORT/);
    expectRefusal(await ask('sa/research/a get pods --subresource'), 2, /--subresource needs a value/);
    expectRefusal(await ask('sa/research/a get certificates'), 2, /write others with their group/);
    expectRefusal(
      await ask('research/report-agent s3:GetObject s3://corpus/x'),
      2,
      /s3:\/\/corpus\/x is no ARN/,
    );
    expectRefusal(await ask('research/report-agent -> 10.0.0.999:443'), 2, /10\.0\.0\.999 is no address/);
  });

  it.each([
    ['get po/web', '', 'pods', 'web'],
    ['get Pod', '', 'pods', null],
    ['get deploy', 'apps', 'deployments', null],
    ['get deploy.apps/web', 'apps', 'deployments', 'web'],
    ['get ingresses', 'networking.k8s.io', 'ingresses', null],
    ['get pods.metrics.k8s.io', 'metrics.k8s.io', 'pods', null],
    ['get certificates.cert-manager.io', 'cert-manager.io', 'certificates', null],
    ['get *', '', '*', null],
  ])('names resources as kubectl does: %s', (words, apiGroup, resource, name) => {
    expect(parseQuestion(`sa/research/a ${words}`).action).toMatchObject({ apiGroup, resource, name });
  });

  it('takes an account of Google as a user of the cluster where it is called one', () => {
    const account = 'reader@p.iam.gserviceaccount.com';
    expect(parseQuestion(`user/${account} get pods`).subject).toEqual({ user: account });
    expect(parseQuestion(`${account} storage.objects.get`).subject).toEqual({ gcpPrincipal: account });
  });

  it('takes an arrow that nothing stands off', () => {
    const { action } = parseQuestion('research/report-agent ->10.96.0.1:443');
    expect(action).toEqual({ kind: 'egress', to: { ip: '10.96.0.1' }, port: 443, protocol: 'TCP' });
  });
});

describe('--can-file', () => {
  it('answers what is no question with cannot-tell, says which line, and goes on', async () => {
    const file = join(folder, 'bad.jsonl');
    const good = {
      subject: { serviceAccount: 'research/report-agent' },
      action: { kind: 'kubernetes-action', verb: 'get', resource: 'pods' },
    };
    writeFileSync(file, `{"subject":\n\n${JSON.stringify({ ...good, extra: 1 })}\n${JSON.stringify(good)}\n`);
    const { code, stdout, stderr } = await runCli([
      'audit',
      '--configured',
      join(QUESTIONS, 'eks'),
      '--can-file',
      file,
    ]);
    expect(code).toBe(2);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Answer);
    expect(lines.map(({ verdict }) => verdict)).toEqual(['cannot-tell', 'cannot-tell', 'allow']);
    expect(stderr).toMatch(/bad\.jsonl:1: not JSON/);
    expect(stderr).toMatch(/bad\.jsonl:3: not a query: .*extra/);
  });

  it('is not given together with --can', async () => {
    expectRefusal(
      await runCli(['audit', '--can', 'sa/a/b get pods', '--can-file', 'x']),
      2,
      /--can and --can-file each print/,
    );
  });

  it('takes questions from standard input, and from a pipe that has a name', async () => {
    const question =
      '{"subject":{"serviceAccount":"research/report-agent"},"action":{"kind":"kubernetes-action","verb":"get","resource":"pods"}}';
    const estate = join(QUESTIONS, 'eks');
    for (const line of [
      `echo '${question}' | ai-spm audit -q --configured ${estate} --can-file -`,
      `ai-spm audit -q --configured ${estate} --can-file <(echo '${question}')`,
    ]) {
      const { code, stdout, stderr } = await runShell(line);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect((JSON.parse(stdout) as Answer).verdict).toBe('allow');
    }
    const { code, stderr } = await runShell(
      `echo nonsense | ai-spm audit -q --configured ${estate} --can-file -`,
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/^-:1: not JSON/);
  });

  it('takes questions from a socket, which another program gives it as standard input', async () => {
    const question =
      '{"subject":{"serviceAccount":"research/report-agent"},"action":{"kind":"kubernetes-action","verb":"get","resource":"pods"}}';
    const args = ['audit', '-q', '--configured', join(QUESTIONS, 'eks'), '--can-file', '-'];
    const { code, stdout, stderr } = await runCli(args, { input: `${question}\n`.repeat(3) });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
  });

  it('ends quietly where whoever reads the answers does', async () => {
    const file = join(folder, 'many.jsonl');
    const question = JSON.stringify({
      subject: { serviceAccount: 'research/report-agent' },
      action: { kind: 'kubernetes-action', verb: 'get', resource: 'pods' },
    });
    writeFileSync(file, `${question}\n`.repeat(5000));
    const { stdout, stderr } = await runShell(
      `ai-spm audit -q --configured ${join(QUESTIONS, 'eks')} --can-file ${file} | head -n 1`,
    );
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe('');
  });

  it('refuses a file that is not there', async () => {
    expectRefusal(
      await runCli(['audit', '--configured', join(QUESTIONS, 'eks'), '--can-file', join(folder, 'none')]),
      2,
      /--can-file .*none/,
    );
  });
});

const RBAC = 'k8s-rbac-authorizer.jsonl.gz';
type RbacCase = Record<'roles' | 'clusterRoles' | 'roleBindings' | 'clusterRoleBindings', object[] | null> & {
  requests: (Record<string, unknown> & { user: string; groups: string[]; allowed: boolean })[];
};
const KINDS = {
  roles: 'Role',
  clusterRoles: 'ClusterRole',
  roleBindings: 'RoleBinding',
  clusterRoleBindings: 'ClusterRoleBinding',
} as const;

it.skipIf(!hasCorpus(RBAC))(
  'agrees with the authorizer of Kubernetes through the whole program',
  async () => {
    const cases = [...readCorpus<RbacCase>(RBAC)].slice(0, 6);
    for (const [number, one] of cases.entries()) {
      const estate = mkdtempSync(join(folder, `rbac-${number}-`));
      for (const [key, kind] of Object.entries(KINDS)) {
        const objects = one[key as keyof typeof KINDS] ?? [];
        const items = objects.map((object) => ({
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind,
          ...object,
        }));
        writeFileSync(
          join(estate, `${key.toLowerCase()}.json`),
          JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
        );
      }
      const queries = one.requests.map(({ user, groups, allowed: _, reason: __, ...action }) => ({
        subject: { user, groups },
        action: { kind: 'kubernetes-action', ...action },
      }));
      const answers = await answersOf(estate, queries);
      expect(answers.map(({ verdict }) => verdict)).toEqual(
        one.requests.map(({ allowed }) => (allowed ? 'allow' : 'deny')),
      );
    }
  },
);

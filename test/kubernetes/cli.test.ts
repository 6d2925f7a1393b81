/** The whole program against a real API server, as a user runs it: questions, saved exports, printed roles, preflight. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { KubernetesRequest } from '../../src/match/kubernetes-rule.ts';
import type { Answer, Query } from '../../src/model/query.ts';
import { expectRefusal, runCli, widest } from '../cli/run-cli.ts';
import { type ApiObject, apply, collectionPath, definitions } from './apply.ts';
import { CAN_RUN, type Cluster, startCluster } from './cluster.ts';
import { allowed, requestsFor, requestsForPaths, tokenOf } from './review.ts';

const ESTATE = fileURLToPath(new URL('../../fixtures/estate', import.meta.url));
const AGENT = { serviceAccount: 'research/report-agent' };
const REQUESTS: readonly KubernetesRequest[] = [
  ...requestsFor(
    ['get', 'list', 'create'],
    ['pods', 'pods/log', 'secrets', 'configmaps', 'deployments.apps'],
    [null, 'research', 'support'],
    [null, 'agent-config'],
  ),
  ...requestsForPaths(['get'], ['/version', '/metrics']),
];
const CONNECTIONS: readonly Query[] = ['10.96.0.1', '203.0.113.9', '192.168.10.11'].flatMap((ip) =>
  [443, 8443].map((port) => ({
    subject: { workload: 'research/report-agent' },
    action: { kind: 'egress' as const, to: { ip }, port, protocol: 'TCP' as const },
  })),
);

function documentsOf(text: string): ApiObject[] {
  return parseAllDocuments(text)
    .map((one) => one.toJS() as (ApiObject & { items?: ApiObject[] }) | null)
    .flatMap((one) => (one?.kind === 'List' ? (one.items ?? []) : (one ?? [])));
}

const isOfServer = ({ kind, metadata }: ApiObject) => kind === 'Service' && metadata.name === 'kubernetes';

let cluster: Cluster;
let folder: string;
let admin: string;

async function printed(...args: string[]): Promise<ApiObject[]> {
  const { code, stdout, stderr } = await runCli(['audit', '--print-access', 'kubernetes', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return documentsOf(stdout);
}

/** A kubeconfig of whoever has exactly these roles. */
async function readerWith(roles: readonly ApiObject[], namespace: string): Promise<string> {
  for (const role of roles) {
    await cluster.send('DELETE', `${collectionPath(role)}/${role.metadata.name}`);
    await apply(cluster, [role]);
  }
  return cluster.kubeconfig(await tokenOf(cluster, namespace, 'ai-spm-reader'), namespace);
}

function questions(queries: readonly unknown[]): string {
  const file = join(folder, 'questions.jsonl');
  writeFileSync(file, queries.map((one) => JSON.stringify(one)).join('\n'));
  return file;
}

/** But for the file in which an object stands, where it came from one. */
async function answersOf(queries: readonly unknown[], ...args: string[]): Promise<Answer[]> {
  const { code, stdout } = await runCli(['audit', ...args, '--can-file', questions(queries), '-q']);
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line, (key, one) => (key === 'location' ? null : one)) as Answer);
}

describe.skipIf(!CAN_RUN)('the program and a real cluster', () => {
  const asked = [
    ...REQUESTS.map((request) => ({ subject: AGENT, action: { kind: 'kubernetes-action', ...request } })),
    ...CONNECTIONS,
  ];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ai-spm-program-'));
    cluster = await startCluster();
    await apply(cluster, definitions());
    const files = readdirSync(ESTATE).filter((name) => /\.ya?ml$/.test(name));
    const objects = files.flatMap((name) => documentsOf(readFileSync(join(ESTATE, name), 'utf8')));
    await apply(
      cluster,
      objects.filter((one) => !isOfServer(one)),
    );
    const reader = (namespace: string) => ({
      ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'ai-spm-reader', namespace } },
    });
    await apply(cluster, [reader('default'), reader('research')]);
    admin = cluster.kubeconfig();
  });
  afterAll(async () => {
    await cluster?.close();
    if (folder) rmSync(folder, { recursive: true });
  });

  it('answers live as from what it saved, and as the API server does', async () => {
    const saved = join(folder, 'saved');
    const live = await answersOf(asked, '--kubeconfig', admin, '--save-configured', saved);
    expect(await answersOf(asked, '--configured', saved)).toEqual(live);
    const token = await tokenOf(cluster, 'research', 'report-agent');
    const theirs: string[] = [];
    for (const request of REQUESTS)
      theirs.push((await allowed(cluster, request, { token })) ? 'allow' : 'deny');
    expect(live.slice(0, REQUESTS.length).map(({ verdict }) => verdict)).toEqual(theirs);
    expect(new Set(theirs)).toEqual(new Set(['allow', 'deny']));
    expect(new Set(live.slice(REQUESTS.length).map(({ verdict }) => verdict))).toEqual(
      new Set(['allow', 'deny']),
    );
  });

  it('answers the same with the role that it prints', async () => {
    const reader = await readerWith(await printed(), 'default');
    expect(await answersOf(asked, '--kubeconfig', reader)).toEqual(
      await answersOf(asked, '--kubeconfig', admin),
    );
  });

  it('with the role of one namespace answers for it, and says what it cannot tell', async () => {
    const roles = await printed('-n', 'research');
    for (const { metadata } of roles) expect(metadata.namespace).toBe('research');
    const reader = await readerWith(roles, 'research');
    const limited = await answersOf(asked, '--kubeconfig', reader, '-n', 'research');
    const whole = await answersOf(asked, '--kubeconfig', admin);
    const differing = limited.flatMap(({ verdict, reason }, index) =>
      verdict === whole[index]!.verdict ? [] : [{ verdict, reason }],
    );
    expect(differing.length).toBeGreaterThan(0);
    for (const { verdict, reason } of differing) {
      expect(['cannot-tell', 'conditional']).toContain(verdict);
      expect(reason).toMatch(/not read|403|forbidden|cannot list/i);
    }
    expect(limited.filter(({ verdict }) => verdict === 'allow').length).toBeGreaterThan(0);
  });

  it('names in its preflight what was refused, and the findings that it costs', async () => {
    const [role, binding] = (await printed()) as [
      ApiObject & { rules: { resources: string[] }[] },
      ApiObject,
    ];
    const rules = role.rules
      .map((rule) => ({ ...rule, resources: rule.resources.filter((one) => one !== 'networkpolicies') }))
      .filter(({ resources }) => resources.length > 0);
    const reader = await readerWith([{ ...role, rules }, binding], 'default');
    const text = await runCli(['audit', '--preflight', '--kubeconfig', reader]);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/networkpolicies.*denied/);
    expect(text.stdout).toContain('unused-egress');
    expect(widest(text.stdout)).toBeLessThanOrEqual(80);
    const { stdout } = await runCli(['audit', '--preflight', '--kubeconfig', reader, '-f', 'json']);
    const { cannotTell } = JSON.parse(stdout) as { cannotTell: Record<string, string[]> };
    expect(cannotTell['unused-egress']!.join()).toMatch(
      /kubernetes:networkpolicies denied: .*networkpolicies/,
    );
    expect(cannotTell['unused-cluster-permission']).toBeUndefined();
  });

  it('refuses credentials that are none, and a cluster that is away, each with what to do', async () => {
    const nobody = cluster.kubeconfig('expired');
    expectRefusal(
      await runCli(['audit', '--can', 'sa/research/report-agent get pods', '--kubeconfig', nobody]),
      4,
      /credentials of context real were refused/,
    );
    const config = JSON.parse(readFileSync(admin, 'utf8')) as {
      clusters: { cluster: { server: string } }[];
    };
    config.clusters[0]!.cluster.server = 'https://127.0.0.1:1';
    const away = join(folder, 'away');
    writeFileSync(away, JSON.stringify(config));
    expectRefusal(
      await runCli(['audit', '--can', 'sa/research/report-agent get pods', '--kubeconfig', away]),
      4,
      /ECONNREFUSED|cannot be reached/,
    );
  });
});

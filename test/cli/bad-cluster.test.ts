import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { type ApiServer, type ServerOptions, startApiServer } from '../sources/kubernetes/api-server.ts';
import { type AuditCase, estate, writeCase } from './audit-case.ts';
import { expectRefusal, runCli } from './run-cli.ts';

let files: AuditCase;
let server: ApiServer | null = null;
beforeAll(async () => {
  files = await writeCase('bad-cluster');
});
afterEach(async () => {
  await server?.close();
  server = null;
});
afterAll(() => files.remove());

async function live(options: Partial<ServerOptions> = {}, flags: readonly string[] = []) {
  server = await startApiServer({ objects: estate(), ...options });
  return runCli(['audit', files.snapshot, '--kubeconfig', server.kubeconfig, '-f', 'json', ...flags]);
}
const reasons = ({ stdout }: { stdout: string }) => {
  const { findings, cannotTell } = JSON.parse(stdout) as Report;
  const told = cannotTell.filter(({ gap }) => gap < 3).map(({ kind, reason }) => `${kind}: ${reason}`);
  return { findings: findings.map(({ kind }) => kind).sort(), told };
};
const FOUND = ['foreign-policy-egress', 'unread-secret', 'unused-egress'];
const DENIED = '/apis/networking.k8s.io/v1/networkpolicies';

describe('a live cluster', () => {
  it('gives the answer of its exports', async () => {
    const result = await live();
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(reasons(result)).toEqual({ findings: FOUND, told: [] });
  });

  it.each<[string, 403 | 500 | 'garbage', RegExp]>([
    ['403', 403, /403|denied|forbidden/i],
    ['500', 500, /500/],
    ['no JSON', 'garbage', /JSON|not a list/i],
  ])(
    'one resource that answers %s: what rests on it cannot be told, the rest is; nothing is called clean',
    async (_, status, detail) => {
      const namespaced = '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies';
      const result = await live({ faults: { [DENIED]: { status }, [namespaced]: { status } } });
      expect(result.code).toBe(0);
      const { findings, told } = reasons(result);
      expect(findings).toEqual(['unread-secret']);
      expect(told.join()).toMatch(/unused-egress: source-(denied|missing)/);
      expect(told.join()).toMatch(/foreign-policy-egress: source-(denied|missing)/);
      const { cannotTell } = JSON.parse(result.stdout) as Report;
      const cell = cannotTell.find(({ kind }) => kind === 'unused-egress')!;
      expect(cell.detail).toMatch(/networkpolicies/);
      expect(cell.detail).toMatch(detail);
    },
  );

  it('no credentials: exit 4', async () => {
    server = await startApiServer({ objects: estate(), faults: { '/apis': { status: 401 } } });
    expectRefusal(
      await runCli(['audit', '--kubeconfig', server.kubeconfig]),
      4,
      /credentials of context .* were refused/,
    );
  });

  it('nobody listens: exit 4, with what to try', async () => {
    server = await startApiServer({ objects: [] });
    const { kubeconfig, stop } = server;
    await stop();
    expectRefusal(
      await runCli(['audit', '--kubeconfig', kubeconfig]),
      4,
      /cannot be reached: ECONNREFUSED[\s\S]*kubectl --context/,
    );
    server = null;
  });

  it('a certificate that nobody vouches for: exit 4', async () => {
    server = await startApiServer({ objects: estate(), untrusted: true });
    expectRefusal(
      await runCli(['audit', '--kubeconfig', server.kubeconfig]),
      4,
      /cannot be reached[\s\S]*certificate-authority/,
    );
  });

  it.each<[number | 'garbage', RegExp]>([
    [500, /no workload could be read[\s\S]*500[\s\S]*\/readyz/],
    ['garbage', /no workload could be read[\s\S]*not JSON[\s\S]*\/readyz/],
    [403, /no workload in namespace \S+, and no other could be read[\s\S]*it takes `list` on deployments/],
  ])('answers %s to all workloads: exit 4, with what to try', async (status, message) => {
    const paths = [
      ...['deployments', 'statefulsets', 'daemonsets', 'replicasets'].map((one) => `/apis/apps/v1/${one}`),
      ...['cronjobs', 'jobs'].map((one) => `/apis/batch/v1/${one}`),
      ...['/api/v1/pods', '/api/v1/replicationcontrollers'],
    ];
    const faults = Object.fromEntries(paths.map((path) => [path, { status }]));
    server = await startApiServer({ objects: estate(), faults });
    expectRefusal(await runCli(['audit', '--kubeconfig', server.kubeconfig]), 4, message);
  });

  it('without workloads: exit 5', async () => {
    server = await startApiServer({ objects: estate().filter(({ kind }) => kind === 'Namespace') });
    expectRefusal(await runCli(['audit', '--kubeconfig', server.kubeconfig]), 5, /nothing to audit/);
  });

  it('what was read is saved, and audits to the same', async () => {
    const saved = files.at('saved-exports');
    const first = await live({}, ['--save-configured', saved]);
    expect(first.stderr).toMatch(/^wrote \d+ files to /);
    const again = await runCli(['audit', files.snapshot, '--configured', saved, '-f', 'json']);
    expect(reasons(again)).toEqual(reasons(first));
  });
});

describe('kubeconfig', () => {
  it.each<[string, string | null, RegExp]>([
    ['absent', null, /absent\.kubeconfig/],
    ['not YAML', 'a: [', /not-YAML\.kubeconfig/],
    ['empty', '', /empty\.kubeconfig|context/],
    ['another file', 'kind: Pod\n', /another-file\.kubeconfig|context/],
  ])('%s', async (name, content, message) => {
    const path = files.at(`${name.replaceAll(' ', '-')}.kubeconfig`);
    if (content !== null) writeFileSync(path, content);
    expectRefusal(await runCli(['audit', '--kubeconfig', path]), 2, message);
  });

  it('a context that it does not have: which there are', async () => {
    server = await startApiServer({ objects: [] });
    expectRefusal(
      await runCli(['audit', '--kubeconfig', server.kubeconfig, '--context', 'elsewhere']),
      2,
      /elsewhere/,
    );
  });
});

import { chmodSync, mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditCase, writeCase } from './audit-case.ts';
import { expectRefusal, IS_ROOT, runCli, runShell, runUnder } from './run-cli.ts';

let files: AuditCase;
beforeAll(async () => {
  files = await writeCase('bad-exports');
});
afterAll(() => files.remove());

describe('exports', () => {
  it.each<[string, string, string, number, RegExp]>([
    [
      'of two clusters',
      'two.yaml',
      ['a', 'b']
        .map((uid) => `apiVersion: v1\nkind: Namespace\nmetadata: { name: kube-system, uid: ${uid} }\n`)
        .join('---\n'),
      2,
      /of two clusters: namespace kube-system has uid a in .*two\.yaml#1 and b in .*two\.yaml#2/,
    ],
    ['not YAML', 'bad.yaml', 'a: [1\nb: 2', 2, /bad\.yaml:\d+:\d+: not valid YAML/],
    [
      'JSON cut short',
      'bad.json',
      '{"kind":"List","items":[{"kind":',
      2,
      /bad\.json:\d+:\d+: not valid JSON[\s\S]*cut short/,
    ],
    [
      'a template',
      'chart.yaml',
      'kind: Pod\n{{- if .Values.on }}\n',
      2,
      /chart\.yaml:\d+:\d+: not valid YAML[\s\S]*helm template/,
    ],
    ['a YAML bomb', 'bomb.yaml', bomb(), 2, /bomb\.yaml: refused: its aliases expand without bound/],
    [
      'deep nesting',
      'deep.yaml',
      `a: ${'['.repeat(50_000)}${']'.repeat(50_000)}`,
      2,
      /deep\.yaml.*(refused|not valid YAML)/,
    ],
    [
      'without workloads',
      'ns.yaml',
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n',
      5,
      /nothing to audit: no workload in .*ns\.yaml[\s\S]*kubectl get/,
    ],
    [
      'something else',
      'values.yaml',
      'replicas: 3\n',
      5,
      /nothing to audit[\s\S]*values\.yaml: not an export of Kubernetes objects, skipped/,
    ],
    ['empty', 'empty.yaml', '', 5, /nothing to audit/],
  ])('%s', async (_, name, content, code, message) => {
    const started = Date.now();
    expectRefusal(
      await runCli(['audit', files.snapshot, '--configured', files.put(name, content)]),
      code,
      message,
    );
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  it('from a pipe, as the shell makes one, are read', async () => {
    const line = `ai-spm audit --configured <(cat '${files.exports}/deployments.json') --configured <(cat '${files.exports}'/networkpolicies.json)`;
    expect(await runShell(line)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/research\/report-agent/),
      stderr: '',
    });
  });

  it('a folder without exports, and none', async () => {
    mkdirSync(files.at('none'));
    expectRefusal(
      await runCli(['audit', '--configured', files.at('none')]),
      5,
      /nothing to audit.*none \(no \.yaml, \.yml or \.json file\)/,
    );
    expectRefusal(await runCli(['audit', '--configured', files.at('absent')]), 2, /absent does not exist/);
  });

  it.skipIf(!IS_ROOT)('a file without permission is an error, not a smaller estate', async () => {
    mkdirSync(files.at('partly'));
    const path = files.put('partly/secret.yaml', 'kind: List\n');
    chmodSync(path, 0o600);
    chmodSync(files.folder, 0o755);
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    for (const configured of [path, files.at('partly')])
      expectRefusal(
        await runUnder(nobody, ['audit', '--configured', configured]),
        2,
        /secret\.yaml: cannot be read \(EACCES\)[\s\S]*permissions/,
      );
    chmodSync(files.folder, 0o700);
  });
});

/** 9 levels of 9 references each: 3.8e8 elements. */
function bomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(',')}]`,
  );
  return `l0: &l0 [x]\n${levels.join('\n')}\n`;
}

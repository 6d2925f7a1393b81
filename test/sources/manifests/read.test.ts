import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/errors.ts';
import type { KubernetesEstate } from '../../../src/model/kubernetes.ts';
import { readExports } from '../../../src/sources/manifests/read.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/kubernetes', import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ai-spm-exports-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function deployment(name: string, meta = ''): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: lab${meta} }
spec: { template: { spec: { containers: [{ name: c, image: i }] } } }
`;
}

function status(estate: KubernetesEstate, name: string): string {
  return estate.coverage.find(({ source }) => source === `export:${name}`)!.status;
}

describe('readExports', () => {
  it('reads lists, typed lists, single objects and many documents, YAML and JSON', async () => {
    write('a.yaml', `${deployment('one')}---\n${deployment('two')}---\n`);
    write(
      'deep/b.yml',
      `apiVersion: v1\nkind: List\nitems:\n- ${deployment('three').replaceAll('\n', '\n  ')}`,
    );
    const item = {
      metadata: { name: 'four', namespace: 'lab' },
      spec: { template: { spec: { containers: [] } } },
    };
    write('c.json', JSON.stringify({ apiVersion: 'apps/v1', kind: 'DeploymentList', items: [item] }));
    write('utf16.yaml', Buffer.from(`\uFEFF${deployment('five')}`, 'utf16le'));
    const estate = await readExports([directory]);
    expect(estate.workloads.map(({ ref }) => ref.name)).toEqual(['five', 'four', 'one', 'three', 'two']);
    expect(estate.workloads.find(({ ref }) => ref.name === 'two')!.ref.location).toBe(
      `${directory}/a.yaml#2`,
    );
    expect(estate.warnings).toEqual([]);
  });

  it('keeps no secret text: environment, arguments, annotations, Secrets', async () => {
    write(
      'cluster.json',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 's' },
        data: { k: 'bXVzdC1ub3Qtc3Vydml2ZQ==' },
        stringData: { k: 'must-not-survive' },
      }),
    );
    const estate = await readExports([FIXTURES, directory]);
    const text = JSON.stringify(estate);
    expect(text).not.toMatch(/must-not-survive|bXVzdC1ub3/);
    const agent = estate.workloads.find(({ ref }) => ref.name === 'agent')!;
    expect(agent.template.containers[1]!.modelEnv).toEqual({
      HF_MODEL_ID: 'hf://org/second-model@main',
      MODEL_URI: 'https://models.example/m',
    });
    expect(agent.template.containers[1]!.args).toContain('--api-key=<redacted>');
    expect(estate.secrets.map(({ ref, keys }) => [ref.name, keys])).toEqual([
      ['extra', ['a']],
      ['llm-key', ['key']],
    ]);
  });

  it('counts what an empty list or a file name says was read, and calls the rest absent', async () => {
    const empty = 'apiVersion: v1\nitems: []\nkind: List\n';
    write('workloads.yaml', deployment('one'));
    write('networkpolicies.yaml', empty);
    write('roles.rbac.authorization.k8s.io,sa.yaml', empty);
    write('nodes.json', '{"apiVersion":"v1","kind":"NodeList","items":[]}');
    write('notes.yaml', empty);
    const estate = await readExports([directory]);
    for (const name of ['deployments', 'networkpolicies', 'roles', 'serviceaccounts', 'nodes'])
      expect([name, status(estate, name)]).toEqual([name, 'read']);
    for (const name of ['clusterroles', 'rolebindings', 'services', 'adminnetworkpolicies'])
      expect([name, status(estate, name)]).toEqual([name, 'absent']);
  });

  it('has no row for kinds of workloads that are not there', async () => {
    write('workloads.yaml', deployment('one'));
    const { coverage } = await readExports([directory]);
    const rows = coverage.filter(({ resource }) => resource === 'workloads');
    expect(rows).toMatchObject([{ source: 'export:deployments', status: 'read', objects: 1 }]);
  });

  it('learns from the list of API groups what the cluster does not serve', async () => {
    write('workloads.yaml', deployment('one'));
    const groups = [{ name: 'apps', versions: [{ groupVersion: 'apps/v1' }] }];
    write('apis.json', JSON.stringify({ kind: 'APIGroupList', apiVersion: 'v1', groups }));
    const estate = await readExports([directory]);
    expect(status(estate, 'adminnetworkpolicies')).toBe('not-served');
    expect(status(estate, 'serviceaccounts')).toBe('absent');
    expect(estate.warnings).toEqual([]);
  });

  it('keeps the newer of two copies, and says so', async () => {
    write('a.yaml', deployment('one', ', resourceVersion: "90", labels: { from: a }'));
    write('b.yaml', deployment('one', ', resourceVersion: "100", labels: { from: b }'));
    write('c.yaml', deployment('one', ', resourceVersion: "9", labels: { from: c }'));
    const estate = await readExports([directory]);
    expect(estate.workloads.map(({ labels }) => labels.from)).toEqual(['b']);
    expect(estate.warnings.filter((one) => one.includes('was read before'))).toHaveLength(2);
  });

  it('keeps only the namespaces asked for', async () => {
    write('a.yaml', `${deployment('one')}---\n${deployment('two').replace('lab', 'other')}`);
    const estate = await readExports([directory], { namespaces: ['other'] });
    expect(estate.workloads.map(({ ref }) => ref.name)).toEqual(['two']);
    expect(estate.coverage[1]).toMatchObject({ source: 'export:deployments', namespaces: ['other'] });
  });

  it('recognises a BOM beside the exports', async () => {
    const estate = await readExports([FIXTURES]);
    expect(estate.boms).toMatchObject([
      { subject: 'agent', serialNumber: expect.stringContaining('urn:uuid') },
    ]);
    expect(estate.boms![0]!.components.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'library numpy',
      'framework @langchain/core',
      'model org/base-model',
      'library left-pad',
    ]);
  });
});

describe('readExports on bad input', () => {
  it('names file, line and column of a syntax error', async () => {
    const path = write('bad.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: { name: x\n');
    await expect(readExports([directory])).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringMatching(new RegExp(`^${path}:\\d+:\\d+: not valid YAML`)),
    });
    write('bad.yaml', 'metadata:\n  {{- include "labels" . }}\n  name: x\n');
    await expect(readExports([directory])).rejects.toMatchObject({
      hint: expect.stringContaining('helm template'),
    });
    const cut = write('bad.yaml', '').replace('.yaml', '.json');
    writeFileSync(cut, '{"kind": "List",\n "items": [');
    await expect(readExports([directory])).rejects.toMatchObject({
      message: expect.stringMatching(/bad\.json:\d+:\d+: not valid JSON/),
    });
  });

  it.each([
    ['pods.json', '{"kind": "List", "items": [', 'kubectl get … -o json'],
    ['aws/pods.json', '{"apiVersion": "v1", "kind": "List", "items": [', 'kubectl get … -o json'],
    [
      'aws/111122223333/get-account-authorization-details.json',
      '{"UserDetailList": [',
      'aws … --output json',
    ],
    ['dump.json', '{"RoleDetailList": [{"Arn": "arn:aws:iam::1', 'aws … --output json'],
    ['list-roles.json', '{"Roles": [', 'aws … --output json'],
    ['gcp/projects/p/iam-policy.json', '{"bindings": [', 'gcloud … --format json'],
    [
      'policy.json',
      '{"bindings": [{"members": ["serviceAccount:a@p.iam.gserviceaccount.com"',
      'gcloud … --format json',
    ],
    ['azure/identities.json', '[{"name": ', 'az … -o json'],
    ['roles.json', '[{"id": "/subscriptions/1/', 'az … -o json'],
    ['agent.cdx.json', '{"bomFormat": "CycloneDX", ', 'by the tool that made it'],
  ])('of %s that is cut short names what wrote it', async (name, text, command) => {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    await expect(readExports([directory])).rejects.toMatchObject({
      message: expect.stringMatching(/:\d+:\d+: not valid JSON$/),
      hint: expect.stringContaining(command),
    });
  });

  it('refuses a YAML bomb and a nesting bomb without going down', async () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(',')}]`,
    );
    const bomb = write('bomb.yaml', `l0: &l0 [x,x,x]\n${levels.join('\n')}\n`);
    await expect(readExports([directory])).rejects.toMatchObject({
      message: `${bomb}: refused: its aliases expand without bound`,
    });
    write('bomb.yaml', `a: ${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    await expect(readExports([directory])).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringMatching(/bomb\.yaml.*: (refused|not valid YAML)/),
    });
  });

  it('refuses files too big to parse, before it reads them', async () => {
    const path = write('huge.json', '');
    truncateSync(path, 600 * 1024 ** 2);
    await expect(readExports([directory])).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringContaining(`${path}: 629145600 bytes`),
      hint: expect.stringContaining('one resource or namespace a file'),
    });
  });

  it('quotes foreign names without their terminal escapes', async () => {
    write(
      'a.json',
      `${JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [
          { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'ok' }, spec: { containers: [] } },
          { apiVersion: 'v1', kind: 'Pod', metadata: { name: '\u001b[2Jgone' }, spec: 7 },
        ],
      })}`,
    );
    const { warnings } = await readExports([directory]);
    expect(warnings).toEqual([expect.stringContaining('Pod \uFFFD[2Jgone: spec: ')]);
  });

  it('skips files that are not of Kubernetes, and says which', async () => {
    write('a.yaml', deployment('one'));
    const other = write('values.yaml', 'replicas: 3\n');
    write('README.md', 'no');
    write('empty.yaml', '# nothing\n');
    const estate = await readExports([directory]);
    expect(estate.warnings).toEqual([`${other}: not an export of Kubernetes objects, skipped`]);
  });

  it('does not follow links out of the directory', async () => {
    write('in/a.yaml', deployment('one'));
    const outside = write('out/b.yaml', deployment('two'));
    symlinkSync(outside, join(directory, 'in/link.yaml'));
    symlinkSync(join(directory, 'out'), join(directory, 'in/away'));
    symlinkSync(join(directory, 'in'), join(directory, 'in/loop'));
    symlinkSync(join(directory, 'nowhere'), join(directory, 'in/dangling.yaml'));
    const estate = await readExports([join(directory, 'in')]);
    expect(estate.workloads.map(({ ref }) => ref.name)).toEqual(['one']);
    expect(estate.warnings.filter((one) => one.includes('not followed'))).toHaveLength(3);
  });

  it('survives names that are no names: __proto__ as label, key and object', async () => {
    write(
      'a.json',
      `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"__proto__","namespace":"constructor",
        "labels":{"__proto__":"polluted","constructor":"x"},"annotations":{"__proto__":"polluted"}},
        "spec":{"template":{"metadata":{"labels":{"__proto__":"polluted"}},
        "spec":{"containers":[{"name":"c","env":[{"name":"__proto__","value":"polluted"}]}]}}}}`,
    );
    const estate = await readExports([directory]);
    expect(Object.keys(estate.workloads[0]!.labels)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(JSON.stringify({})).toBe('{}');
  });

  it('leaves out an object of the wrong shape, and no longer calls its collection read', async () => {
    write('a.yaml', `${deployment('one')}---\n${deployment('two').replace('[{ name: c, image: i }]', '7')}`);
    const estate = await readExports([directory]);
    expect(estate.workloads.map(({ ref }) => ref.name)).toEqual(['one']);
    expect(status(estate, 'deployments')).toBe('failed');
    expect(estate.warnings[0]).toMatch(/a\.yaml#2: Deployment lab\/two: spec\.template\.spec\.containers: /);
  });

  it('says what is missing where there is nothing to audit', async () => {
    write('a.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n');
    await expect(readExports([directory])).rejects.toMatchObject({
      exitCode: EXIT.nothing,
      message: expect.stringContaining(`nothing to audit: no workload in ${directory}`),
      hint: expect.stringContaining('kubectl get'),
    });
    await expect(readExports([join(directory, 'gone')])).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringContaining('gone does not exist'),
    });
  });
});

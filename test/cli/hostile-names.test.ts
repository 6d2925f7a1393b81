/** Names that a manifest, a file system or a snapshot may hold: none may reach a terminal, or a prototype. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { covered } from '../reconcile/segments.ts';
import type { ApiObject } from '../sources/kubernetes/api-server.ts';
import { type AuditCase, estate, hour, writeCase, writeExports } from './audit-case.ts';
import { expectRefusal, runCli, SET_UP_MS } from './run-cli.ts';

/** Clears the screen, sets the title, goes back a line, hides by bidi override and by zero width. */
const NASTY = 'a\u001b[2J\u001b]0;owned\u0007\r\u009b1A\u202egnp.exe\u2066\u200b\u{e0041}';
/** Everything that a terminal obeys or a reader cannot see; line feeds are ours. */
const UNSAFE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const PROTOTYPE = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];

let files: AuditCase;
beforeAll(async () => {
  files = await writeCase('hostile');
}, SET_UP_MS);
afterAll(() => files.remove());

/** Every agent is called so, and so are its labels, images, volumes, policies and namespaces. */
function hostileEstate(name: string): ApiObject[] {
  const text = JSON.stringify(estate()).replaceAll(
    /report-agent|ledger-db|shared-services|"research"/g,
    (was) => (was.startsWith('"') ? JSON.stringify(name) : JSON.stringify(name).slice(1, -1)),
  );
  const objects = JSON.parse(text) as ApiObject[];
  for (const { metadata } of objects) {
    const labels = { ...(metadata.labels as object), [name]: name };
    // A plain assignment of __proto__ would set it; JSON as kubectl prints it holds it as a key.
    metadata.labels = JSON.parse(
      JSON.stringify(labels).replace('}', `,${JSON.stringify(name)}:${JSON.stringify(name)}}`),
    );
  }
  return objects;
}

function hostileHour(sequence: number, name: string) {
  const id = `k8s:3f0e6c1a-0000-4000-8000-000000000001/${name}/Deployment/${name}`;
  const rows = ['process', 'file-access', 'egress', 'model'].map((kind) => ({
    ...{
      workload: id,
      container: name,
      process: name,
      kind,
      subject: kind === 'egress' ? `tcp/${name}` : `r:/${name}`,
      context: name,
    },
  }));
  return hour(sequence, {
    rows,
    sessions: [],
    node: name,
    workloads: [
      {
        id,
        namespace: name,
        name,
        serviceAccount: name,
        revision: name,
        containers: [{ name, image: name, digest: null }],
      },
    ],
    coverage: covered(id),
    peers: [],
    artifacts: [
      {
        kind: 'model',
        subject: `r:/${name}`,
        name,
        path: `/${name}`,
        of: id,
        state: 'mapped',
        format: name,
        version: name,
      },
    ],
  });
}

describe.each([['escapes and bidi', NASTY], ...PROTOTYPE.map((name) => [name, name])])('%s', (_, name) => {
  let results: Awaited<ReturnType<typeof runCli>>[];
  beforeAll(async () => {
    const folder = `exports-${PROTOTYPE.indexOf(name)}`;
    const exports = writeExports(files.at(folder), hostileEstate(name));
    const snapshot = await files.write(`${folder}.snapshot.jsonl`, [
      hostileHour(0, name),
      hostileHour(1, name),
    ]);
    const audit = ['audit', snapshot, '--configured', exports, '--all-workloads', '--fail-on', 'any'];
    const show = ['--show', 'findings,configuration,operation,bom,policies,coverage'];
    const saved = files.at(`${folder}.json`);
    results = [await runCli([...audit, ...show, '-f', 'table', '-f', `json=${saved}`])];
    const { findings, cannotTell } = JSON.parse(readFileSync(saved, 'utf8')) as Report;
    const id = findings[0]?.id ?? cannotTell[0]!.fingerprint;
    results.push(await runCli(['audit', '--report', saved, '--explain', id]));
    results.push(
      await runCli(['audit', '--report', saved, '-f', 'json', '--baseline', saved, '--fail-on', 'gap2']),
    );
  }, SET_UP_MS);

  it('audits to the end, twice to the same', () => {
    for (const { code, stderr, stdout } of results) {
      expect([0, 1]).toContain(code);
      expect(stdout).not.toBe('');
      expect(stderr).not.toMatch(/\n\s+at |defect/);
    }
  });

  it('sends nothing that a terminal obeys, on either stream, in any format', () => {
    for (const { stdout, stderr } of results) {
      expect(stdout).not.toMatch(UNSAFE);
      expect(stderr).not.toMatch(UNSAFE);
    }
  });

  it('keeps the name: as text in the table, as it is in the JSON of the published schema', () => {
    const parsed = JSON.parse(results[2]!.stdout) as Report;
    const validate = new Ajv2020({ strict: false }).compile(
      JSON.parse(readFileSync('fixtures/schemas/ai-spm-report-1.json', 'utf8')) as object,
    );
    expect(validate(parsed), JSON.stringify(validate.errors)).toBe(true);
    expect(JSON.stringify(parsed.agents)).toContain(JSON.stringify(name).slice(1, -1));
    expect(results[0]!.stdout).toContain(name === NASTY ? '\\x1b[2J' : name);
    expect(Reflect.ownKeys(Object.prototype)).not.toContain('polluted');
  });
});

describe('names in what is typed and refused', () => {
  it.each([
    ['a snapshot', () => ['audit', '--no-live', files.put(`${NASTY}.jsonl`, 'x')]],
    ['an export', () => ['audit', '--configured', files.put(`${NASTY}.yaml`, '{')]],
    ['a selector', () => ['audit', '--configured', files.exports, '-l', `a in (${NASTY}`]],
    ['an id', () => ['audit', '--configured', files.exports, '--explain', NASTY]],
  ])('%s', async (_, args) => {
    const result = await runCli(args());
    expectRefusal(result, 2, /a\\x1b\[2J/);
    expect(result.stderr).not.toMatch(UNSAFE);
  });
});

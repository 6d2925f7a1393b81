/**
 * Secrets in every place where agents have some, by real clients: none of them is in the snapshot, in any output, or on
 * standard error. Names of tools, models, buckets and files are no secrets here: those are what is recorded.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noProbes } from '../bpf/sensor-process.ts';
import { runCli } from '../cli/run-cli.ts';
import { type Lab, openLab, PEERS, PYTHON, whyNoPeers } from './lab.ts';
import { openWindow, type Seen, type Window } from './peer.ts';

const NODE = process.execPath;
const CURL = '/usr/bin/curl';

/** Each place has a word of its own, so that one that leaks is known. */
const PLACES = [
  'prompt',
  'openai-key',
  'anthropic-key',
  'bearer',
  'cookie',
  'header',
  'query',
  'user',
  'password',
  'path',
  'body',
  'form',
  'argument',
  'environment',
  'argv',
  'mcp-token',
  'kubernetes-token',
  'kubernetes-value',
] as const;
type Place = (typeof PLACES)[number];

const CANARY = Object.fromEntries(
  PLACES.map((place, i) => [place, `c4n4ry${i}x${place.replace('-', '')}7d1f`]),
) as Record<Place, string>;

const skipped = noProbes ?? whyNoPeers(PYTHON, CURL, join(PEERS, 'node/node_modules/openai'));
if (skipped) console.warn(`secrets in every place are skipped: ${skipped}`);

describe.skipIf(skipped)('secrets', () => {
  let lab: Lab;
  let seen: Seen;
  const outputs = new Map<string, string>();

  beforeAll(async () => {
    lab = await openLab({ moto: true });
    const window = await openWindow(lab);
    await talkToModels(window);
    await talkToTools(window);
    await talkToClouds(window, lab);
    await talkToSites(window);
    seen = await window.close();
    outputs.set('standard error of collect', seen.stderr);
    outputs.set('snapshot', zstdDecompressSync(readFileSync(seen.snapshot)).toString());
    for (const [name, text] of await audits(seen.snapshot)) outputs.set(name, text);
  });
  afterAll(() => lab?.stop());

  it('pass by where they are looked for', () => {
    const kinds = new Set(seen.rows.map(({ kind }) => kind));
    for (const kind of [
      'llm-call',
      'tool-call',
      'cloud-action',
      'kubernetes-action',
      'http-endpoint',
      'data-access',
    ])
      expect(kinds).toContain(kind);
    const calls = seen.rows.filter(({ kind }) => kind === 'http-endpoint').map(({ subject }) => subject);
    expect(calls).toEqual(
      expect.arrayContaining([expect.stringMatching(/^POST shop\.example\.com\/v1\/users\/\{\}$/)]),
    );
    expect([...outputs.keys()].length).toBeGreaterThan(4);
  });

  it.each(PLACES)('in the %s are nowhere', (place) => {
    const secret = CANARY[place];
    const forms = [
      secret,
      encodeURIComponent(secret),
      ...inBase64(secret),
      Buffer.from(secret).toString('hex'),
    ];
    for (const [name, text] of outputs)
      for (const form of forms)
        expect(text.toLowerCase().includes(form.toLowerCase()), `${place} in ${name}`).toBe(false);
  });

  it('of the clouds are nowhere', () => {
    for (const [name, text] of outputs)
      expect(text, name).not.toMatch(/AKIALABSTATIC|lab-secret|ASIALABNODE|c4n4ry/i);
  });
});

/** As it stands in longer texts, at each of three offsets: without the characters at its ends. */
function inBase64(secret: string): string[] {
  return [0, 1, 2].map((pad) =>
    Buffer.from(`${'-'.repeat(pad)}${secret}`)
      .toString('base64')
      .replace(/=+$/, '')
      .slice(4, -2),
  );
}

const ENVIRONMENT = {
  DATABASE_PASSWORD: CANARY.environment,
  CANARY_PROMPT: CANARY.prompt,
  OPENAI_API_KEY: CANARY['openai-key'],
  ANTHROPIC_API_KEY: CANARY['anthropic-key'],
  MCP_TOKEN: CANARY['mcp-token'],
  PATH: `${join(NODE, '..')}:/usr/bin:/bin`,
};

async function talkToModels({ run }: Window): Promise<void> {
  for (const script of ['node/openai.mjs', 'node/anthropic.mjs'])
    await run(NODE, [join(PEERS, script)], { env: ENVIRONMENT });
  for (const script of ['openai_client.py', 'anthropic_client.py'])
    await run(PYTHON, [join(PEERS, 'python', script)], { env: ENVIRONMENT });
}

/** The tool's result is its argument in capitals. */
async function talkToTools({ run }: Window): Promise<void> {
  const calls = JSON.stringify([['shout', { text: CANARY.argument, times: 2 }]]);
  const node = (name: string) => join(PEERS, 'node', name);
  const options = { env: ENVIRONMENT };
  await run(NODE, [node('mcp-v1.mjs'), calls, 'stdio', NODE, node('mcp-server-v1.mjs')], options);
  await run(NODE, [node('mcp-v2.mjs'), calls, 'http', 'https://mcp.example.com/v2/mcp'], options);
}

async function talkToClouds({ run }: Window, { folder }: Lab): Promise<void> {
  await run(NODE, [join(PEERS, 'node/aws.mjs')], { env: ENVIRONMENT });
  for (const script of ['google_client.py', 'imds_client.py'])
    await run(PYTHON, [join(PEERS, 'python', script)], { env: { DATABASE_PASSWORD: CANARY.environment } });
  const ca = join(folder, 'ca.pem');
  const api = 'https://kubernetes.default.svc/api/v1/namespaces/lab';
  const token = `authorization: Bearer ${CANARY['kubernetes-token']}`;
  const secret = join(folder, 'secret.json');
  writeFileSync(secret, JSON.stringify({ kind: 'Secret', stringData: { key: CANARY['kubernetes-value'] } }));
  await run(CURL, ['-sSf', '--cacert', ca, '-H', token, '-d', `@${secret}`, `${api}/secrets`]);
  await run(CURL, ['-sSf', '--cacert', ca, '-H', token, `${api}/secrets/db`]);
}

async function talkToSites({ run }: Window): Promise<void> {
  const shop = 'shop.example.com';
  const headers = [
    `authorization: Bearer ${CANARY.bearer}`,
    `cookie: session=${CANARY.cookie}`,
    `x-own: ${CANARY.header}`,
  ];
  const sent = headers.flatMap((header) => ['-H', header]);
  for (const version of ['--http1.1', '--http2']) {
    const curl = (...args: string[]) => run(CURL, ['-sS', version, '-o', 'out', ...sent, ...args]);
    await curl(
      '-d',
      `note=${CANARY.body}`,
      `https://${shop}/v1/users/${CANARY.path}?api_key=${CANARY.query}&sig=${CANARY.query}`,
    );
    await curl('-F', `file=${CANARY.form}`, `https://${CANARY.user}:${CANARY.password}@${shop}/login`);
    await curl(
      '-A',
      CANARY.argv,
      '-H',
      'authorization: Basic',
      `http://169.254.169.254/${CANARY.path}?${CANARY.query}`,
    );
  }
}

async function audits(snapshot: string): Promise<[string, string][]> {
  const texts: [string, string][] = [];
  const show = ['--show', 'findings,operation,bom,policies,coverage'];
  for (const format of ['table', 'json']) {
    const args = ['audit', snapshot, '--no-live', '--all-workloads', '-f', format];
    for (const more of [[], show]) {
      const { code, stdout, stderr } = await runCli([...args, ...more]);
      expect(code, stderr).toBe(0);
      texts.push(
        [`${format} ${more.join(' ')}`, stdout],
        [`${format} ${more.join(' ')}, standard error`, stderr],
      );
    }
  }
  return texts;
}

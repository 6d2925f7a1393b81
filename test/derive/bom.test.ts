import { Validation } from '@cyclonedx/cyclonedx-library';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveBom } from '../../src/derive/bom.ts';
import { KINDS, SIGNALS } from '../../src/model/kinds.ts';
import type { LedgerEntry, LedgerWorkload } from '../../src/model/ledger.ts';
import { runs } from '../fuzz.ts';
import {
  CONVERGING,
  configuredWorkload,
  declares,
  detail,
  END,
  entry,
  ledger,
  observedWorkload,
  START,
  seen,
  workload,
} from './ledgers.ts';

const OPTIONS = {
  serialNumber: '6f1c1a52-3a3c-8a57-9b1b-0d6b7c9f5a11',
  timestamp: '2026-11-21T05:00:00.000Z',
  toolVersion: '0.1.0',
};
const FILE = new URL('../../fixtures/derive/bom/report-agent.cdx.json', import.meta.url).pathname;
const validator = new Validation.JsonStrictValidator(
  '1.6' as ConstructorParameters<typeof Validation.JsonStrictValidator>[0],
);

type Node = Record<string, unknown>;
type Bom = {
  components: (Node & { 'bom-ref': string; properties: { name: string; value: string }[] })[];
  dependencies: { ref: string; dependsOn?: string[] }[];
};

/** Every value under `key`, anywhere. */
function collect(node: unknown, key: string): unknown[] {
  if (Array.isArray(node)) return node.flatMap((inner) => collect(inner, key));
  if (node === null || typeof node !== 'object') return [];
  return Object.entries(node).flatMap(([k, v]) => [...(k === key ? [v] : []), ...collect(v, key)]);
}

/** The schema does not look: references into nothing, and names given twice. */
function referenceErrors(bom: unknown): string[] {
  const refs = collect(bom, 'bom-ref') as string[];
  const used = ['dependsOn', 'provides', 'assemblies', 'ref'].flatMap((key) =>
    collect(bom, key).flat(),
  ) as string[];
  const tools = collect(bom, 'tools').filter(Array.isArray).flat() as string[];
  const twice = refs.filter((ref, i) => refs.indexOf(ref) !== i);
  return [...twice, ...[...used, ...tools].filter((ref) => !refs.includes(ref))];
}

const HASH = 'ab'.repeat(32);
const QWEN = 'pkg:huggingface/qwen/qwen2.5-0.5b-instruct@7ae557604adf67be50417f59c2c2f167def9a775';
const MODEL = 'Qwen/Qwen2.5-0.5B-Instruct';

/** One of each presence. */
function sample(more: Partial<LedgerWorkload> = {}): LedgerWorkload {
  return workload({
    observed: observedWorkload({
      artifacts: [
        detail('model', MODEL, {
          purl: QWEN,
          version: '7ae5',
          sha256: HASH,
          format: 'safetensors',
          size: 988_097_824,
          path: `/models/blobs/${HASH}`,
        }),
        detail('adapter', 'adapter_model.safetensors', { path: '/models/lora/adapter_model.safetensors' }),
        detail('framework', '@langchain/core', {
          version: '0.3.61',
          purl: 'pkg:npm/%40langchain/core@0.3.61',
          state: 'imported',
        }),
        detail('library', '@langchain/community', { version: '0.3.40', state: 'installed' }),
      ],
    }),
    entries: [
      entry('model', MODEL, {
        capabilities: [declares('model', MODEL, '9999', null)],
        observed: seen('model', MODEL, { sources: ['sensor:mapping'] }),
      }),
      entry('adapter', 'adapter_model.safetensors', { configured: 'no' }),
      entry('framework', '@langchain/core', {
        capabilities: [
          declares('framework', '@langchain/core', '0.3.61', 'pkg:npm/%40langchain/core@0.3.61'),
        ],
      }),
      entry('library', '@langchain/community', {
        observed: null,
        capabilities: [
          declares('library', '@langchain/community', '0.3.40', 'pkg:npm/%40langchain/community@0.3.40'),
        ],
      }),
      entry('inference-server', 'vllm', {
        configured: 'unknown',
        decidedBy: 'nothing declares inference servers',
      }),
      entry('egress', 'tcp/10.0.0.1:443'),
    ],
    ...more,
  });
}

function bomOf(...workloads: LedgerWorkload[]): Bom {
  return deriveBom(ledger(...workloads), OPTIONS) as unknown as Bom;
}

function presences(bom: Bom): Record<string, string> {
  const value = (c: Bom['components'][number], name: string) =>
    c.properties.find((p) => p.name === name)?.value;
  const artifacts = bom.components.filter((c) => value(c, 'ai-spm:presence') !== undefined);
  return Object.fromEntries(artifacts.map((c) => [c.name, value(c, 'ai-spm:presence')!]));
}

describe('AI-BOM', () => {
  it('is valid CycloneDX 1.6, and reads as filed', async () => {
    const text = `${JSON.stringify(bomOf(sample()), null, 2)}\n`;
    expect(await validator.validate(text)).toBeNull();
    expect(referenceErrors(JSON.parse(text))).toEqual([]);
    await expect(text).toMatchFileSnapshot(FILE);
  });

  it('tells the four presences apart', () => {
    expect(presences(bomOf(sample()))).toEqual({
      [MODEL]: 'declared-and-observed',
      'adapter_model.safetensors': 'observed-not-declared',
      '@langchain/core': 'declared-and-observed',
      '@langchain/community': 'declared-not-observed',
      vllm: 'undetermined',
    });
  });

  it('gives evidence of the sides that there are, and never uses scope', () => {
    const bom = bomOf(sample());
    const techniques = (name: string) =>
      collect(
        bom.components.find((c) => c.name === name),
        'technique',
      );
    expect(new Set(techniques('@langchain/core'))).toEqual(
      new Set(['dynamic-analysis', 'manifest-analysis']),
    );
    expect(techniques('@langchain/community')).toEqual(['manifest-analysis']);
    expect(techniques('adapter_model.safetensors')).toEqual(['dynamic-analysis']);
    expect(
      collect(
        bom.components.find((c) => c.name === '@langchain/community'),
        'occurrences',
      ),
    ).toEqual([]);
    expect(collect(bom, 'scope')).toEqual([]);
  });

  it('keeps what was loaded as the version, and says what was declared', () => {
    const model = bomOf(sample()).components.find((c) => c.name === MODEL)!;
    expect(model.version).toBe('7ae5');
    expect(model.properties).toContainEqual({ name: 'ai-spm:declared:version', value: '9999' });
  });

  it('is null where there is no artifact', () => {
    expect(
      deriveBom(ledger(workload({ entries: [entry('egress', 'tcp/1.2.3.4:443')] })), OPTIONS),
    ).toBeNull();
  });

  it('does not list what merely lies about', () => {
    const lying = entry('library', 'left-pad', { configured: 'no', observed: null });
    expect(presences(bomOf(sample({ entries: [...sample().entries, lying] })))).not.toHaveProperty(
      'left-pad',
    );
  });
});

const SERVER = 'npx:@modelcontextprotocol/server-everything';
const DEFINITION = 'cd'.repeat(32);

function talking(): LedgerWorkload {
  const called = { sources: ['sensor:stdio'] };
  return workload({
    capabilities: [declares('library', '@modelcontextprotocol/server-everything', null, null)],
    observed: observedWorkload({
      details: [
        {
          workload: 0,
          kind: 'mcp-server',
          subject: SERVER,
          cut: false,
          sums: {},
          words: {
            launchers: [`${SERVER}@2025.8.4`],
            pinning: ['pinned'],
            transports: ['stdio'],
            protocols: ['2025-11-25'],
            stated: ['everything@2.0.1'],
          },
        },
        {
          workload: 0,
          kind: 'mcp-tool',
          subject: `${SERVER}/fs/read`,
          cut: false,
          sums: {},
          words: { hints: ['readOnly'] },
        },
      ],
      epochs: [
        {
          workload: 0,
          thing: 'mcp-catalog',
          subject: SERVER,
          subjectId: `mcp-catalog ${SERVER}`,
          ordinal: 0,
          start: START,
          end: END,
          hash: HASH,
          members: [`fs/read\t${DEFINITION}\t${HASH}\t${HASH}`, 'broken'],
        },
      ],
    }),
    entries: [
      entry('mcp-server', SERVER, { configured: 'unknown', observed: seen('mcp-server', SERVER, called) }),
      entry('mcp-server', 'http:tools.example:8443/mcp', {
        configured: 'unknown',
        decidedBy: 'nothing does',
      }),
      entry('mcp-tool', `${SERVER}/fs/read`, {
        observed: seen('mcp-tool', `${SERVER}/fs/read`, { ...called, context: DEFINITION.slice(0, 12) }),
      }),
      entry('tool-call', `${SERVER}/fs/read`, {
        observed: seen('tool-call', `${SERVER}/fs/read`, { count: 7 }),
      }),
      entry('mcp-tool', 'stdio:?/lonely', { observed: seen('mcp-tool', 'stdio:?/lonely', called) }),
      entry('model', 'remote:openai/gpt-4o-2024-08-06', { configured: 'no' }),
    ],
  });
}

describe('MCP', () => {
  const bom = bomOf(talking()) as Bom & { services: Bom['components'] };
  const told = (one: Bom['components'][number] | undefined) =>
    Object.fromEntries(
      (one?.properties ?? []).map(({ name, value }) => [name.replace('ai-spm:', ''), value]),
    );

  it('is valid, with every reference', async () => {
    expect(await validator.validate(JSON.stringify(bom))).toBeNull();
    expect(referenceErrors(bom)).toEqual([]);
  });

  it('has servers as services: how they are started, pinned or not, and the hash of their catalog', () => {
    const [http, everything] = bom.services;
    expect(everything).toMatchObject({ name: SERVER, version: '2.0.1' });
    expect(told(everything)).toMatchObject({
      presence: 'declared-and-observed',
      launcher: `${SERVER}@2025.8.4`,
      pinning: 'pinned',
      transport: 'stdio',
      protocol: '2025-11-25',
      'catalog:sha256': HASH,
      tools: '1',
      requests: '100',
    });
    expect(http).toMatchObject({ endpoints: ['//tools.example:8443/mcp'] });
    expect(told(http)).toMatchObject({ presence: 'undetermined', 'presence:reason': 'nothing does' });
  });

  it('has tools as definitions by their whole hash, provided by their server', () => {
    const [read, lonely] = bom.components.filter(({ type }) => type === 'data');
    expect(read).toMatchObject({
      name: 'fs/read',
      hashes: [{ alg: 'SHA-256', content: DEFINITION }],
      data: [{ type: 'definition', name: 'fs/read' }],
    });
    expect(told(read)).toMatchObject({ server: SERVER, calls: '7', hints: 'readOnly' });
    expect(lonely).not.toHaveProperty('hashes');
    expect(told(lonely)).toMatchObject({ presence: 'undetermined' });
    const provided = bom.dependencies.filter((one) => 'provides' in one);
    expect(provided).toEqual([
      { ref: expect.stringMatching(`#mcp-server:${SERVER}$`), provides: [read!['bom-ref']] },
    ]);
  });

  it('counts a server that nothing names once: alone, and beside others not at all', () => {
    const unnamed = entry('mcp-server', 'stdio:?', { observed: seen('mcp-server', 'stdio:?', { count: 3 }) });
    const serversOf = (entries: readonly LedgerEntry[]) => {
      const read = bomOf(workload({ entries })) as typeof bom;
      const [agent] = read.components;
      return [read.services.map(({ name }) => name), told(agent)['mcp-server:unnamed:requests']];
    };
    expect(serversOf([unnamed])).toEqual([['stdio:?'], undefined]);
    expect(serversOf([unnamed, entry('mcp-server', SERVER)])).toEqual([[SERVER], '3']);
    expect(serversOf([entry('mcp-server', SERVER)])).toEqual([[SERVER], undefined]);
  });

  it('has a model that answered from elsewhere under its own name', () => {
    const model = bom.components.find(({ type }) => type === 'machine-learning-model');
    expect(model).toMatchObject({ group: 'openai', name: 'gpt-4o-2024-08-06' });
    expect(told(model)).toMatchObject({ presence: 'observed-not-declared', 'remote:provider': 'openai' });
  });
});

describe('never loaded', () => {
  const observed = (more: Parameters<typeof observedWorkload>[0]) => ({ observed: observedWorkload(more) });
  const losses: [string, Partial<LedgerWorkload>][] = [
    ['no snapshot', { observed: null }],
    ['a --now snapshot only', observed({ nowOnly: true })],
    [
      'artifacts that have not converged',
      { convergence: { ...workload().convergence, artifact: CONVERGING } },
    ],
    ['folded library names', observed({ folded: { library: { subjects: 2000, templates: 10 } } })],
    ...(['process', 'file', 'mapping'] as const).flatMap((signal): [string, Partial<LedgerWorkload>][] => [
      [
        `${signal} probes unattached`,
        observed({ coverage: { [signal]: { attachedSince: null, attachedSegments: 0 } } }),
      ],
      [
        `${signal} probes attached for a part`,
        observed({ coverage: { [signal]: { attachedSegments: 300 } } }),
      ],
      [`${signal} events lost`, observed({ coverage: { [signal]: { lost: 1 } } })],
      [`${signal} events cut short`, observed({ coverage: { [signal]: { truncated: 1 } } })],
      [`${signal} starts unseen`, observed({ coverage: { [signal]: { startsSeen: 41 } } })],
      [`${signal} coverage short`, observed({ coverage: { [signal]: { observedMs: 1 } } })],
    ]),
  ];

  it.each(losses)('is undetermined with %s', (_, more) => {
    const bom = bomOf(sample(more));
    expect(presences(bom)['@langchain/community']).toBe('undetermined');
    expect(
      collect(
        bom.components.find((c) => c.name === '@langchain/community'),
        'name',
      ),
    ).toContain('ai-spm:presence:reason');
  });

  it('does not need the signals that loading never shows on', () => {
    const bom = bomOf(
      sample(observed({ coverage: { network: { lost: 5 }, syscall: { attachedSince: null } } })),
    );
    expect(presences(bom)['@langchain/community']).toBe('declared-not-observed');
  });

  it('is undetermined, like undeclared, without a configuration', () => {
    const all = Object.values(presences(bomOf(sample({ configured: null }))));
    expect(new Set(all)).toEqual(new Set(['undetermined']));
  });
});

describe('any ledger', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const kind = fc.constantFrom(...KINDS);
  const ternary = fc.constantFrom('yes' as const, 'no' as const, 'unknown' as const);
  const time = fc.integer({ min: -1e15, max: 1e16 });
  const anyEntry = fc.record({
    kind,
    subject: text,
    configured: ternary,
    was: fc.boolean(),
    name: text,
    version: fc.option(text),
    purl: fc.option(text),
    first: time,
    count: fc.nat(),
  });
  const anyDetail = fc.record({
    kind,
    subject: text,
    name: text,
    version: fc.option(text),
    purl: fc.option(fc.oneof(text, fc.constant('pkg:npm/a@1'))),
    path: fc.option(text),
    size: fc.option(fc.nat()),
    sha256: fc.option(fc.stringMatching(/^[0-9a-f]{64}$/)),
    state: fc.constantFrom(
      'installed' as const,
      'opened' as const,
      'mapped' as const,
      'imported' as const,
      'executed' as const,
    ),
  });
  const anyWorkload = fc
    .record({
      id: fc.uuid(),
      label: text,
      entries: fc.array(anyEntry, { maxLength: 12 }),
      details: fc.array(anyDetail, { maxLength: 12 }),
      observed: fc.boolean(),
      configured: fc.boolean(),
      lost: fc.nat(2),
      signal: fc.constantFrom(...SIGNALS),
    })
    .map((raw) =>
      workload({
        id: raw.id,
        label: raw.label,
        configured: raw.configured ? configuredWorkload({ name: raw.label }) : null,
        observed: raw.observed
          ? observedWorkload({
              artifacts: [
                ...raw.details.map((d) => detail(d.kind, d.subject, d)),
                ...raw.entries.map((e) => detail(e.kind, e.subject)),
              ],
              coverage: { [raw.signal]: { lost: raw.lost } },
            })
          : null,
        entries: raw.entries.map((e) =>
          entry(e.kind, e.subject, {
            configured: e.configured,
            observed: e.was ? seen(e.kind, e.subject, { first: e.first, count: e.count }) : null,
            capabilities: e.configured === 'yes' ? [declares(e.kind, e.name, e.version, e.purl)] : [],
          }),
        ),
      }),
    );
  const workloads = fc.uniqueArray(anyWorkload, { maxLength: 3, selector: (w) => w.id });

  it('gives a valid BOM without dangling references, byte-identical whatever the order', async () => {
    await fc.assert(
      fc.asyncProperty(workloads, async (all) => {
        const bom = deriveBom(ledger(...all), OPTIONS);
        const shuffled = all.toReversed().map((w) => ({
          ...w,
          entries: w.entries.toReversed(),
          observed: w.observed && { ...w.observed, artifacts: w.observed.artifacts.toReversed() },
        }));
        const again = deriveBom(ledger(...shuffled), OPTIONS);
        if (bom === null) {
          expect(again).toBeNull();
          return;
        }
        const json = JSON.stringify(bom);
        expect(await validator.validate(json)).toBeNull();
        expect(referenceErrors(bom)).toEqual([]);
        expect(JSON.stringify(again)).toBe(json);
      }),
      runs(60),
    );
  });
});

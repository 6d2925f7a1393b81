import { describe, expect, it } from 'vitest';
import {
  BOOT,
  checkpoint,
  count,
  file,
  fold,
  mapping,
  NODE,
  proc,
  pushAll,
  resolve,
  rowsOf,
  START,
  segmentOf,
  TOKEN,
} from './stream.ts';

describe('artifacts', () => {
  const CODE = '/app/node_modules/@modelcontextprotocol/sdk/dist/index.js';
  const records = [
    ...START,
    file(103, 'b1', '/app/node_modules/@modelcontextprotocol/sdk/package.json'),
    file(103, 'b2', CODE),
    file(104, 'b3', '/models/tiny.safetensors'),
    mapping(104.5, 'b4', '/models/tiny.safetensors', { size: 4096 }),
    checkpoint(110),
  ];

  it('are libraries by their code, frameworks by name, models by their mapping', () => {
    const segment = segmentOf(records, { resolve });
    const subject = 'pkg:npm/%40modelcontextprotocol/sdk';
    expect(segment.artifacts.filter(({ kind }) => kind !== 'binary')).toMatchObject([
      { kind: 'framework', subject, version: null, purl: subject, state: 'imported', rule: 'npm:agent' },
      { kind: 'library', subject, rule: 'npm' },
      {
        kind: 'model',
        subject: 'file:/models/tiny.safetensors',
        format: 'safetensors',
        size: 4096,
        state: 'mapped',
      },
    ]);
    expect(rowsOf(segment, 'library')).toMatchObject([{ subject, count: 1 }]);
    expect(segment.epochs).toMatchObject([
      {
        thing: 'model-residency',
        subject: 'file:/models/tiny.safetensors',
        start: BOOT + 104_500,
        end: BOOT + 110_000,
      },
    ]);
  });

  it('get versions from what the sensor reads, when it comes', () => {
    const into = pushAll(fold({ resolve }), records);
    const wants = into.wants();
    expect(wants).toMatchObject([{ op: 'read', path: '/app/node_modules/.package-lock.json', pid: 500 }]);
    expect(into.wants()).toEqual([]);
    into.answer(wants[0]!.id, { errno: 2, data: null });
    const [want] = into.wants();
    expect(want).toMatchObject({ path: '/app/node_modules/@modelcontextprotocol/sdk/package.json' });
    into.answer(want!.id, { errno: 0, data: new TextEncoder().encode('{"version":"1.32.2"}') });
    into.answer(999, { errno: 0, data: null });
    const [framework] = into.closeSegment().artifacts.filter(({ kind }) => kind === 'framework');
    expect(framework).toMatchObject({
      version: '1.32.2',
      purl: 'pkg:npm/%40modelcontextprotocol/sdk@1.32.2',
    });
  });

  it('are asked for again through another process, where the first one went too soon', () => {
    const into = pushAll(fold({ resolve }), records);
    into.answer(into.wants()[0]!.id, { errno: 3, data: null });
    expect(into.wants()).toEqual([]);
    const other = { pid: 900, start: '9' };
    pushAll(into, [proc(120, 'exec', { ...other, ...NODE }), file(121, 'd1', CODE, other)]);
    expect(into.wants()).toMatchObject([{ pid: 900, path: '/app/node_modules/.package-lock.json' }]);
  });

  it('keep an inventory of what is installed', () => {
    const python = { exe: '/usr/bin/python3.11', argv: ['python3', 'a.py'], pid: 700, start: '7' };
    const into = pushAll(fold({ resolve }), [
      ...START,
      proc(103, 'exec', python),
      file(104, 'a04', '/v/site-packages/yaml/__init__.py', { pid: 700, start: '7' }),
      checkpoint(110),
    ]);
    const names = 'PyYAML-6.0.dist-info\0yaml\0requests-2.1.dist-info';
    into.answer(into.wants()[0]!.id, { errno: 0, data: new TextEncoder().encode(names) });
    const segment = into.closeSegment();
    expect(segment.epochs).toMatchObject([
      {
        thing: 'library-inventory',
        subject: 'pypi:/v/site-packages',
        members: ['pkg:pypi/pyyaml@6.0', 'pkg:pypi/requests@2.1'],
      },
    ]);
    expect(rowsOf(segment, 'library')).toMatchObject([{ subject: 'pkg:pypi/pyyaml' }]);
  });

  it('that could not be opened were not loaded', () => {
    const segment = segmentOf(
      [...START, file(103, 'b1', '/m/x.gguf', { errno: 2 }), count(104, 'b1', 5, { errors: 5 })],
      { resolve },
    );
    expect(segment.artifacts.filter(({ kind }) => kind === 'model')).toEqual([]);
    expect(rowsOf(segment, 'model')).toEqual([]);
  });
});

describe('folding', () => {
  it('turns many files into templates, counted, and never a secret or a model', () => {
    const many = Array.from({ length: 1500 }, (_, i) => file(103, `e${i}`, `/usr/lib/x/${i % 3}/${i}.dat`));
    const kept = [
      file(103, 'a01', TOKEN),
      file(103, 'a02', '/mnt/keys/a'),
      file(103, 'a03', '/usr/lib/x/0/m.gguf'),
    ];
    const segment = segmentOf([...START, ...many, ...kept], { resolve, pinnedPrefixes: () => ['/mnt/keys'] });
    const subjects = rowsOf(segment, 'file-access').map(({ subject }) => subject);
    expect(subjects.length).toBeLessThanOrEqual(1000);
    expect(subjects).toEqual(
      expect.arrayContaining([`r:${TOKEN}`, 'r:/mnt/keys/a', 'r:/usr/lib/x/0/m.gguf', 'r:/usr/lib/x/0/**']),
    );
    expect(segment.folded).toEqual([
      { workload: 0, kind: 'file-access', subjects: expect.any(Number), templates: 2 },
    ]);
    expect(rowsOf(segment, 'file-access').reduce((sum, { count: n }) => sum + n, 0)).toBe(1503);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** Who may import whom, and why. A room that is not named may import nothing of ours. */
const RULES: Record<string, { may: readonly string[]; why: string }> = {
  model: { may: [], why: 'the nouns stand alone, so that everything can share them' },
  catalog: { may: ['model'], why: 'data without logic' },
  match: { may: ['model', 'catalog'], why: 'patterns are decided the same way for every room' },
  observe: { may: ['model', 'catalog', 'match'], why: 'what was seen must not depend on what is allowed' },
  scope: { may: ['model', 'catalog', 'match'], why: 'what is allowed must not depend on what was seen' },
  reconcile: { may: ['model', 'catalog', 'match'], why: 'the only place where the two meet' },
  detectors: { may: ['model', 'catalog', 'match', 'reconcile'], why: 'a finding is a query over the ledger' },
  derive: {
    may: ['model', 'catalog', 'match', 'reconcile', 'scope'],
    why: 'a policy is proved by the evaluator, not by its generator',
  },
  sources: { may: ['model', 'catalog', 'errors', 'observe'], why: 'the only code that talks to the world' },
  render: { may: ['model', 'catalog'], why: 'a saved report can be rendered again' },
  commands: {
    may: [
      'model',
      'catalog',
      'match',
      'observe',
      'scope',
      'reconcile',
      'detectors',
      'derive',
      'sources',
      'render',
      'errors',
    ],
    why: 'the run, read aloud',
  },
  cli: { may: ['commands', 'errors'], why: 'argv, streams and the exit code live in one file' },
  errors: { may: [], why: 'everybody may throw one' },
};

const PURE = ['model', 'catalog', 'match', 'observe', 'scope', 'reconcile', 'detectors', 'derive', 'render'];
/** Hashing and decompression of given bytes are functions; ui/ is the one renderer with a life of its own. */
const PURE_MAY = new Set(['node:crypto', 'node:zlib', 'node:buffer']);
const IMPURE =
  /\bprocess\.(?!versions)|\bDate\.now\(|new Date\(\)|Math\.random\(|randomUUID|randomBytes|performance\.now|setTimeout\(|setInterval\(|\bfetch\(/;

/** Name and version, compiled in by the bundler: data, no room. */
const MANIFEST = '../../package.json';

type Import = { file: string; room: string; target: string };

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(SRC, join(entry.parentPath, entry.name)));
}

function roomOf(path: string): string {
  return path.split('/')[0]!.replace(/\.ts$/, '');
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/(?:from\s+|import\s*\(\s*|import\s+)['"]([^'"]+)['"]/g)]
    .map((match) => ({ file, room: roomOf(file), target: match[1]! }))
    .filter(({ target }) => target !== MANIFEST);
}

const FILES = sourceFiles();
const IMPORTS = FILES.flatMap(importsOf);

function targetRoom({ file, target }: Import): string {
  return roomOf(relative(SRC, join(SRC, file, '..', target)));
}

describe('rooms', () => {
  it('reads the tree', () => {
    expect(FILES.length).toBeGreaterThan(5);
    expect(IMPORTS.length).toBeGreaterThan(5);
  });

  for (const [room, rule] of Object.entries(RULES)) {
    it(`${room} imports only ${rule.may.join(', ') || 'nothing of ours'}: ${rule.why}`, () => {
      const wrong = IMPORTS.filter((i) => i.room === room && i.target.startsWith('.'))
        .filter((i) => targetRoom(i) !== room && !rule.may.includes(targetRoom(i)))
        .map((i) => `${i.file} -> ${i.target}`);
      expect(wrong).toEqual([]);
    });
  }

  it('every file belongs to a room', () => {
    expect(FILES.filter((file) => !(roomOf(file) in RULES))).toEqual([]);
  });

  it('only sources/sensor reads observe: the other sources describe configuration', () => {
    const wrong = IMPORTS.filter((i) => i.room === 'sources' && i.target.startsWith('.'))
      .filter((i) => targetRoom(i) === 'observe' && !i.file.startsWith('sources/sensor/'))
      .map((i) => i.file);
    expect(wrong).toEqual([]);
  });
});

describe('purity', () => {
  const pure = FILES.filter((file) => PURE.includes(roomOf(file)) && !file.startsWith('render/ui/'));

  it('pure rooms import no I/O', () => {
    const wrong = IMPORTS.filter((i) => pure.includes(i.file) && i.target.startsWith('node:'))
      .filter((i) => !PURE_MAY.has(i.target))
      .map((i) => `${i.file} -> ${i.target}`);
    expect(wrong).toEqual([]);
  });

  it('pure rooms read no clock, no randomness, no process', () => {
    const wrong = pure.flatMap((file) =>
      readFileSync(join(SRC, file), 'utf8')
        .split('\n')
        .map((line, index) => ({ line: line.replace(/\/\/.*|\/?\*.*/, ''), at: `${file}:${index + 1}` }))
        .filter(({ line }) => IMPURE.test(line))
        .map(({ at }) => at),
    );
    expect(wrong).toEqual([]);
  });

  it('react and ink load only on a terminal, in render/ui', () => {
    const wrong = IMPORTS.filter((i) => /^(react|ink)$/.test(i.target) && !i.file.startsWith('render/ui/'));
    expect(wrong).toEqual([]);
  });

  it('only cli.ts touches the exit code, argv and the standard streams', () => {
    const wrong = FILES.filter((file) => file !== 'cli.ts').filter((file) =>
      /process\.(exit|exitCode|argv|stdout|stdin)\b/.test(readFileSync(join(SRC, file), 'utf8')),
    );
    expect(wrong).toEqual([]);
  });
});

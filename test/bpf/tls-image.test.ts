/** The image finder by itself: its decoder against objdump, its answers for whole and for damaged files. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIBGNUTLS, LIBSSL, NODE_20, NODE_24 } from './tls-kit.ts';

const BPF = fileURLToPath(new URL('../../bpf/', import.meta.url));
const HARNESS = fileURLToPath(new URL('./image-find.c', import.meta.url));
const LIBC = '/usr/lib/x86_64-linux-gnu/libc.so.6';
const GO = '/usr/local/go/bin/go';

type Found = {
  err: number;
  library: string;
  tier: string;
  opaque: boolean;
  places: { off: number; function: number; exit: boolean }[];
  build_id: string;
};

function whyNot(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'needs Linux on x86-64';
  for (const tool of ['/usr/bin/gcc', '/usr/bin/objdump', LIBSSL]) if (!existsSync(tool)) return `no ${tool}`;
  return undefined;
}
const why = whyNot();
if (why) process.stderr.write(`the image finder is not tested: ${why}\n`);

describe.skipIf(why)('finding TLS functions in files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-image-'));
  const tool = join(folder, 'image-find');

  beforeAll(() => {
    // All of the finder, and nothing of the loader.
    const parts = readdirSync(BPF).filter((f) => /^image-.*\.c$/.test(f) && f !== 'image-identity.c');
    const strict = ['-O1', '-g', '-std=gnu11', '-D_GNU_SOURCE', '-fsanitize=address,undefined'];
    const sources = [HARNESS, ...parts.map((part) => join(BPF, part))];
    execFileSync('gcc', [...strict, '-fno-sanitize-recover=all', '-o', tool, ...sources], {
      stdio: 'inherit',
    });
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  const find = (path: string) => JSON.parse(execFileSync(tool, [path], { encoding: 'utf8' })) as Found;
  const file = (name: string, content: Buffer | string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  // Compiled and hand-written code of all vector extensions. Libraries that keep data among their code (libcrypto) are
  // left out: what is no instruction has no length to agree on.
  const DECODED = [LIBSSL, LIBC, GO, '/usr/bin/node', '/usr/lib/x86_64-linux-gnu/libstdc++.so.6'];
  it.each(DECODED.filter((path) => existsSync(path)))(
    'decodes %s as objdump does',
    { timeout: 240_000 },
    (path) => {
      const listing = disassemble(path);
      const addresses = listing.map(({ at }) => at.toString(16)).join('\n');
      const lengths = spawnSync(tool, ['--decode', path], { input: addresses, maxBuffer: 1 << 28 });
      const ours = lengths.stdout.toString().trim().split('\n').map(Number);
      const wrong = listing.filter(({ size, bad }, i) => !bad && ours[i] !== size);
      expect(listing.length).toBeGreaterThan(50_000);
      expect(wrong.slice(0, 5)).toEqual([]);
    },
  );

  it.each([
    [LIBSSL, 'openssl', 9],
    [NODE_20, 'openssl', 9],
    [NODE_24, 'openssl', 9],
    [LIBGNUTLS, 'gnutls', 5],
  ])('knows %s', (path, library, places) => {
    const found = find(path);
    expect(found).toMatchObject({ err: 0, library, tier: 'symbol', opaque: false });
    expect(found.places.length).toBe(places);
    expect(found.build_id).toMatch(/^[0-9a-f]{40}$/);
  });

  it.each(['/usr/bin/curl', '/usr/bin/openssl', LIBC])(
    'finds none in %s, which at most calls a library',
    (path) => {
      expect(find(path)).toMatchObject({ err: 0, library: 'none', opaque: false, places: [] });
    },
  );

  it('says that there is a library whose functions it does not know', () => {
    const program = file(
      'stripped.c',
      'const char *s = "SSLv3/TLS write client hello"; int main(void) { return !s; }',
    );
    execFileSync('gcc', ['-s', '-o', join(folder, 'stripped'), program]);
    expect(find(join(folder, 'stripped'))).toMatchObject({
      err: 0,
      library: 'openssl',
      opaque: true,
      places: [],
    });
  });

  it.each([
    ['empty', '', 0],
    ['a script', '#!/bin/sh\necho SSL_read\n', 0],
    ['half a header', Buffer.from('7f454c460201', 'hex'), 0],
    ['a header of ones', Buffer.concat([Buffer.from('7f454c460201', 'hex'), Buffer.alloc(4096, 0xff)]), 8],
    ['a 32-bit program', Buffer.concat([Buffer.from('7f454c460101', 'hex'), Buffer.alloc(4096)]), 8],
  ])('takes %s for what it is', (name, content, err) => {
    expect(find(file(name.replaceAll(' ', '-'), content))).toMatchObject({
      err,
      library: 'none',
      places: [],
    });
  });

  it.each([LIBSSL, LIBGNUTLS, GO].filter((path) => existsSync(path)))(
    'survives damaged copies of %s',
    { timeout: 120_000 },
    (path) => {
      const run = spawnSync(tool, ['--damage', '7', '150', path], { encoding: 'utf8' });
      expect([run.status, run.stderr]).toEqual([0, '']);
      const { found } = JSON.parse(run.stdout) as { found: number };
      // Damage that nothing notices and damage that leaves nothing would both test little.
      expect(found).toBeGreaterThan(5);
      expect(found).toBeLessThan(145);
    },
  );
});

type Instruction = { at: number; size: number; bad: boolean };

/** The first million and a half of objdump's instructions; `bad` are those that it cannot read itself. */
function disassemble(path: string): Instruction[] {
  const args = ['-d', '-j', '.text', '--no-show-raw-insn', '-w', path];
  const text = spawnSync('sh', ['-c', `objdump ${args.join(' ')} | head -n 1500000`], { maxBuffer: 1 << 30 });
  const rows: { at: number; what: string }[] = [];
  for (const line of text.stdout.toString().split('\n')) {
    const match = /^\s*([0-9a-f]+):\t(.*)/.exec(line);
    if (match) rows.push({ at: Number.parseInt(match[1]!, 16), what: match[2]! });
  }
  return rows.slice(0, -1).map(({ at, what }, i) => {
    const size = rows[i + 1]!.at - at;
    // Zeros between functions are one line, "...".
    return { at, size, bad: what.includes('(bad)') || size > 15 };
  });
}

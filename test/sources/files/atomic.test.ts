import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { removeLeftovers, writeAtomically, writeFileAtomic } from '../../../src/sources/files/atomic.ts';

const directory = mkdtempSync(join(tmpdir(), 'ai-spm-atomic-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('an atomic write', () => {
  it('replaces the whole file', async () => {
    const path = join(directory, 'report.json');
    writeFileSync(path, 'a longer text than the next');
    await writeFileAtomic(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  it('that fails half-way leaves the old content and no other file', async () => {
    const path = join(directory, 'kept.json');
    writeFileSync(path, 'old');
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const failing = writeAtomically(path, async (handle) => {
      await handle.write('half of it');
      throw full;
    });
    await expect(failing).rejects.toMatchObject({ name: 'UserError', exitCode: 4, cause: full });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('leftovers of killed runs', () => {
  it('go when they are ours and their process is gone', async () => {
    const dead = '4194999';
    const names = [`.a.jsonl.${dead}.tmp`, `.a.jsonl.${dead}.segments.tmp`, `.b.txt.${dead}.tmp`];
    for (const name of [...names, `.a.jsonl.${process.pid}.tmp`, 'a.jsonl'])
      writeFileSync(join(directory, name), '');
    const removed = await removeLeftovers(directory, (target) => target === 'a.jsonl');
    expect(removed.sort()).toEqual([`.a.jsonl.${dead}.segments.tmp`, `.a.jsonl.${dead}.tmp`]);
    expect(readdirSync(directory)).toEqual(
      expect.arrayContaining([`.b.txt.${dead}.tmp`, `.a.jsonl.${process.pid}.tmp`, 'a.jsonl']),
    );
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { expandSnapshotArgs } from '../../../src/sources/files/snapshot-paths.ts';

const directory = mkdtempSync(join(tmpdir(), 'ai-spm-paths-'));
afterAll(() => rmSync(directory, { recursive: true }));
const at = (name: string) => join(directory, name);
for (const name of ['b.snapshot.jsonl.zst', 'a.jsonl', 'notes.txt', '.a.jsonl.12.tmp', 'odd[1].jsonl'])
  writeFileSync(at(name), '');
mkdirSync(at('empty'));

describe('snapshot arguments', () => {
  it('a directory is all snapshots in it, without temporary files', async () => {
    expect(await expandSnapshotArgs([directory])).toEqual(
      ['a.jsonl', 'b.snapshot.jsonl.zst', 'odd[1].jsonl'].map(at),
    );
  });

  it('a glob, and each file once', async () => {
    expect(await expandSnapshotArgs([at('*.zst'), at('b.snapshot.jsonl.zst'), at('./a.jsonl')])).toEqual(
      ['a.jsonl', 'b.snapshot.jsonl.zst'].map(at),
    );
  });

  it('a file whose name looks like a glob is that file', async () => {
    expect(await expandSnapshotArgs([at('odd[1].jsonl')])).toEqual([at('odd[1].jsonl')]);
  });

  it('what stands for nothing is refused, each in its own words', async () => {
    await expect(expandSnapshotArgs([at('*.csv')])).rejects.toThrow(/no file matches .*\*\.csv/);
    await expect(expandSnapshotArgs([at('absent.jsonl')])).rejects.toThrow(/absent\.jsonl does not exist/);
    await expect(expandSnapshotArgs([at('empty')])).rejects.toThrow(/empty holds no snapshot/);
  });
});

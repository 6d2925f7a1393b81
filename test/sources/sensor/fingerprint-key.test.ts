import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readFingerprintKey } from '../../../src/sources/sensor/fingerprint-key.ts';

const directory = mkdtempSync(join(tmpdir(), 'ai-spm-key-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('the estate key', () => {
  it('is made once, for its owner only, and then the same', async () => {
    const path = join(directory, 'estate.key');
    const made = await readFingerprintKey(path);
    const read = await readFingerprintKey(path);
    expect([made.created, read.created]).toEqual([true, false]);
    expect(read.key.equals(made.key)).toBe(true);
    expect(read.id).toBe(made.id);
    expect(made.id).toMatch(/^[0-9a-f]{16}$/);
    expect(made.key.toString('hex')).not.toContain(made.id);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await readFingerprintKey(join(directory, 'other.key'))).id).not.toBe(made.id);
  });

  it('is refused when others can read it, when it is too short, and where it cannot be made', async () => {
    const open = join(directory, 'open.key');
    writeFileSync(open, Buffer.alloc(32));
    chmodSync(open, 0o644);
    await expect(readFingerprintKey(open)).rejects.toMatchObject({ hint: `Type: chmod 600 ${open}` });
    const short = join(directory, 'short.key');
    writeFileSync(short, 'abc', { mode: 0o600 });
    await expect(readFingerprintKey(short)).rejects.toThrow(/3 bytes, expected 16 to 4096/);
    await expect(readFingerprintKey(join(directory, 'no/such.key'))).rejects.toMatchObject({
      name: 'UserError',
    });
  });
});

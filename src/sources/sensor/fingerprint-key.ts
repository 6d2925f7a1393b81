import { createHash, randomBytes } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { UserError } from '../../errors.ts';

export type FingerprintKey = { key: Buffer; id: string };

const KEY_BYTES = 32;
const MAX_KEY_BYTES = 4096;

/**
 * The estate key under which ids and fingerprints are hashed. Made where the file does not exist: 32 random bytes,
 * mode 0600. Its id is the start of its SHA-256: enough to tell keys apart, nothing to find the key by.
 *
 * @throws UserError when others can read it, or it is too short to be one.
 */
export async function readFingerprintKey(path: string): Promise<FingerprintKey & { created: boolean }> {
  const made = await create(path);
  const key = made ?? (await read(path));
  const id = createHash('sha256').update(key).digest('hex').slice(0, 16);
  return { key, id, created: made !== null };
}

async function create(path: string): Promise<Buffer | null> {
  try {
    const handle = await open(path, 'wx', 0o600);
    const key = randomBytes(KEY_BYTES);
    await handle.writeFile(key);
    await handle.sync();
    await handle.close();
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw new UserError(`--fingerprint-key ${path}: ${(error as Error).message}`, {
      hint: 'Name a file in a directory that exists and that you may write to.',
    });
  }
}

async function read(path: string): Promise<Buffer> {
  const { size, mode } = await stat(path);
  if ((mode & 0o077) !== 0)
    throw new UserError(`--fingerprint-key ${path} can be read by others`, {
      hint: `Type: chmod 600 ${path}`,
    });
  if (size < 16 || size > MAX_KEY_BYTES)
    throw new UserError(`--fingerprint-key ${path} has ${size} bytes, expected 16 to ${MAX_KEY_BYTES}`, {
      hint: 'Name another file that does not exist yet, and a key is made there.',
    });
  const handle = await open(path, 'r');
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

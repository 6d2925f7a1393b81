import { type FileHandle, open, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EXIT, UserError } from '../../errors.ts';

/**
 * Hidden and named after its process, in the directory of the target: rename() is atomic only within one file
 * system, and a restart can tell whose leftovers these are.
 */
export function temporaryPath(path: string, role: 'whole' | 'segments'): string {
  const suffix = role === 'whole' ? 'tmp' : 'segments.tmp';
  return join(dirname(path), `.${basename(path)}.${process.pid}.${suffix}`);
}

const TEMPORARY = /^\.(.+)\.(\d+)\.(?:segments\.)?tmp$/;

/**
 * Writes a file so that its name holds either what it held before or the whole new content, also across a power
 * cut: temporary file, fsync, rename, fsync of the directory. On any error the temporary file is removed.
 */
export async function writeAtomically(
  path: string,
  fill: (handle: FileHandle) => Promise<void>,
  mode = 0o666,
): Promise<void> {
  await refuseSpecial(path);
  const temporary = temporaryPath(path, 'whole');
  try {
    const handle = await openTemporary(temporary, mode);
    try {
      await fill(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw writeError(path, error);
  }
}

/** Never through a file or a link that is there: in a folder that others may write to, its name can be guessed. */
export async function openTemporary(path: string, mode: number): Promise<FileHandle> {
  await rm(path, { force: true });
  return open(path, 'wx+', mode);
}

/** Follows links, so that they stay; into a device or a pipe (`/dev/stdout`, `>(jq .)`) it writes as it is. */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  if (!(await isSpecial(path))) {
    const target = await realpath(path).catch(() => path);
    return writeAtomically(target, (handle) => handle.writeFile(content));
  }
  await writeFile(path, content).catch((error: unknown) => {
    throw writeError(path, error);
  });
}

/** A device, pipe or socket: a file renamed over it would take it away from the whole machine. */
async function isSpecial(path: string): Promise<boolean> {
  const entry = await stat(path).catch(() => null);
  return entry !== null && !entry.isFile() && !entry.isDirectory();
}

/** @throws UserError where the path is no place for a file that is written anew each time. */
export async function refuseSpecial(path: string): Promise<void> {
  if (await isSpecial(path))
    throw new UserError(`cannot write ${path}: a device or pipe, not a file`, {
      hint: 'Name a file with -o.',
    });
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Removes what killed runs left behind for the targets that `isOurs` accepts. A file whose process still lives
 * belongs to a run beside us and stays.
 */
export async function removeLeftovers(
  directory: string,
  isOurs: (target: string) => boolean,
): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(directory)) {
    const match = TEMPORARY.exec(name);
    if (!match || !isOurs(match[1]!) || isAlive(Number(match[2]))) continue;
    await rm(join(directory, name), { force: true });
    removed.push(name);
  }
  return removed;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const WRITE_HINTS: Record<string, string> = {
  ENOSPC: 'Free some space, or write to another file system with -o.',
  EDQUOT: 'Your disk quota is used up: free some space, or write elsewhere with -o.',
  EACCES: 'Choose a directory that you may write to with -o.',
  EPERM: 'Choose a directory that you may write to with -o.',
  EROFS: 'The file system is read-only: choose another one with -o.',
  ENOENT: 'The directory does not exist: create it first.',
  EISDIR: 'That is a directory: name a file, or add --every to write one file per segment into it.',
};

/** A failed write as a known error: which file, what the system said, what to do. */
export function writeError(path: string, error: unknown): Error {
  if (error instanceof UserError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) return error as Error;
  return new UserError(`cannot write ${path}: ${(error as Error).message}`, {
    exitCode: EXIT.failed,
    hint: WRITE_HINTS[code] ?? 'Nothing was written there; what it held before is untouched.',
    cause: error,
  });
}

import { glob, readdir, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { UserError } from '../../errors.ts';
import { snapshotError } from './snapshot-errors.ts';

/** File names that a directory argument stands for. */
const SNAPSHOT_NAME = /\.(?:snapshot\.)?jsonl(?:\.zst)?$/;
const GLOB = /[*?[{]/;
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);

/**
 * Files behind snapshot arguments, each once and sorted: files as they are, directories = the snapshots in them,
 * the rest as globs for shells that did not expand them. A file that exists is never read as a glob.
 *
 * @throws UserError when an argument stands for nothing.
 */
export async function expandSnapshotArgs(args: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const arg of args) {
    const paths = await expand(arg);
    for (const path of paths) found.add(normalize(path));
  }
  return [...found].sort();
}

async function expand(arg: string): Promise<string[]> {
  const entry = await stat(arg).catch((error: NodeJS.ErrnoException) => {
    // ENAMETOOLONG: a long list of alternatives in braces is still a glob.
    if (error.code && ABSENT.has(error.code)) return null;
    throw snapshotError.unreadable(arg, error);
  });
  if (entry?.isDirectory()) return snapshotsIn(arg);
  if (entry) return [arg];
  if (!GLOB.test(arg))
    throw new UserError(`${arg} does not exist`, {
      hint: 'Give a snapshot file, a directory of snapshots, or a quoted glob.',
    });
  const matches = await Array.fromAsync(glob(arg));
  if (matches.length === 0)
    throw new UserError(`no file matches ${arg}`, {
      hint: 'Check the pattern; snapshots usually end in .snapshot.jsonl.zst.',
    });
  return matches;
}

async function snapshotsIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    throw snapshotError.unreadable(directory, error);
  });
  const snapshots = names.filter((name) => SNAPSHOT_NAME.test(name) && !name.startsWith('.'));
  if (snapshots.length === 0)
    throw new UserError(`${directory} holds no snapshot`, {
      hint: 'Snapshots are the files that end in .jsonl or .jsonl.zst; `ai-spm collect -o FILE` writes one.',
    });
  return snapshots.map((name) => join(directory, name));
}

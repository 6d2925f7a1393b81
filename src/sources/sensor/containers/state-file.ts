import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

export type StateFile = { text: string; problem: null } | { text: null; problem: string };

/** No link at its end, no pipe that never ends, and no file that somebody lets grow. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * A file of a container runtime's own state. Sync, since cgroups are named while records come in; they are small.
 *
 * @param max bytes; a larger one is not read
 * @returns never throws; `problem` names the file and why
 */
export function readStateFile(path: string, max: number): StateFile {
  let fd: number | null = null;
  try {
    fd = openSync(path, FLAGS);
    const stat = fstatSync(fd);
    if (!stat.isFile()) return problem(path, 'no regular file');
    if (stat.size > max) return problem(path, `larger than ${max} bytes`);
    const bytes = Buffer.alloc(stat.size);
    return { text: bytes.toString('utf8', 0, readSync(fd, bytes, 0, stat.size, 0)), problem: null };
  } catch (error) {
    return problem(path, (error as NodeJS.ErrnoException).code ?? 'cannot be read');
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function problem(path: string, why: string): StateFile {
  return { text: null, problem: `${path}: ${why}` };
}

/** Which files an export consists of: bounded in number, depth and size, and never outside what was named. */
import { opendir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { UserError } from '../../errors.ts';

const MAX_FILES = 20_000;
const MAX_DEPTH = 16;
const MAX_TOTAL_BYTES = 2 * 1024 ** 3;
const EXTENSION = /\.(ya?ml|json)$/i;
/** Of tables only those that say to be of grants: others may be anything, and large. */
const GRANTS = /(?:privileges|grants|roles|members(?:hips)?)[^/\\]*\.[ct]sv$|[/\\]databases[/\\].*\.[ct]sv$/i;

export type ExportFile = { path: string; bytes: number; modifiedMs: number };

/** Files named are taken whatever their name; directories are searched for `.yaml`, `.yml`, `.json` and tables of grants. */
export async function exportFiles(
  paths: readonly string[],
  warn: (text: string) => void,
): Promise<ExportFile[]> {
  const found: ExportFile[] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    const info = await stat(path).catch((cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'ENOENT' ? 'does not exist' : `cannot be read (${cause.code ?? cause.message})`;
      throw new UserError(`${path} ${why}`, {
        hint: 'name a file or a directory written by `kubectl get … -A -o yaml` or `-o json`',
        cause,
      });
    });
    if (info.isCharacterDevice() || info.isBlockDevice()) throw endless(path);
    const root = await resolved(path);
    for await (const file of info.isDirectory() ? walk(path, root, warn, 0) : [path]) {
      const real = await resolved(file);
      if (seen.has(real)) continue;
      seen.add(real);
      found.push(await describe(file));
      if (found.length > MAX_FILES) throw tooMany(path);
    }
  }
  const total = found.reduce((sum, file) => sum + file.bytes, 0);
  if (total > MAX_TOTAL_BYTES)
    throw new UserError(`${paths.join(', ')}: ${total} bytes; at most 2 GiB are read`, {
      hint: 'name the directory that holds the exports, and only that',
    });
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function endless(path: string): UserError {
  return new UserError(`${path}: a device, not a file`, {
    hint: 'name a file or a directory written by `kubectl get … -A -o yaml` or `-o json`',
  });
}

function tooMany(path: string): UserError {
  return new UserError(`${path}: more than ${MAX_FILES} files`, {
    hint: 'name the directory that holds the exports, not one above it',
  });
}

/** What the shell gives for `<(kubectl get …)` is a path that leads nowhere and can be read. */
function resolved(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

async function describe(path: string): Promise<ExportFile> {
  const { size, mtimeMs } = await stat(path);
  return { path, bytes: size, modifiedMs: mtimeMs };
}

async function* walk(
  directory: string,
  root: string,
  warn: (text: string) => void,
  depth: number,
): AsyncGenerator<string> {
  if (depth > MAX_DEPTH) {
    warn(`${directory}: deeper than ${MAX_DEPTH} directories, not read`);
    return;
  }
  for await (const entry of await opendir(directory)) {
    const path = join(directory, entry.name);
    if (entry.isSymbolicLink() && !(await pointsInside(path, root))) {
      warn(`${path}: a link that leads out of the export, not followed`);
      continue;
    }
    const info = await stat(path);
    // Linked directories would be walked twice, or for ever.
    if (info.isDirectory() && !entry.isSymbolicLink()) yield* walk(path, root, warn, depth + 1);
    else if (info.isFile() && (EXTENSION.test(entry.name) || GRANTS.test(path))) yield path;
  }
}

async function pointsInside(path: string, root: string): Promise<boolean> {
  const target = await realpath(path).catch(() => null);
  return target !== null && (target === root || target.startsWith(root + sep));
}

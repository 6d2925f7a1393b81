import { UserError } from '../../errors.ts';
import { type ManifestEntry, SNAPSHOT_VERSION } from '../../model/snapshot.ts';

const COLLECT_AGAIN = 'Copy the file again from where it was collected, or collect anew.';

const READ_HINTS: Record<string, string> = {
  ENOENT: 'Check the name; `ai-spm collect -o FILE` writes snapshots.',
  EACCES: 'Read it as the user that collected it, or change its owner.',
  ESPIPE: 'A pipe cannot be read twice: save it to a file first.',
  EISDIR: 'Name the snapshot files, or the directory that holds them.',
};

/** Everything that can be wrong with a snapshot file: which file and line, what was expected, what to do. */
export const snapshotError = {
  notASnapshot: (path: string, why: string) =>
    new UserError(`${path} is not an ai-spm snapshot: ${why}`, {
      hint: 'Give files written by `ai-spm collect`; exports of a cluster go to --configured.',
    }),

  version(path: string, version: unknown): UserError {
    const newer = typeof version === 'number' && version > SNAPSHOT_VERSION;
    const shown = typeof version === 'number' ? version : 'none';
    return new UserError(
      `${path} has snapshot format version ${shown}; this ai-spm reads version ${SNAPSHOT_VERSION}`,
      { hint: newer ? 'Update ai-spm on this machine.' : 'Collect again with this version of ai-spm.' },
    );
  },

  truncated: (path: string, read: number, expected: number) =>
    new UserError(`${path} is truncated: it ends after ${read} of ${expected} segments`, {
      hint: COLLECT_AGAIN,
    }),

  trailing: (path: string, line: number) =>
    new UserError(`${path} was changed: line ${line} is not in its manifest`, { hint: COLLECT_AGAIN }),

  longer: (path: string, line: number) =>
    new UserError(`${path} was changed: line ${line} is longer than its manifest says`, {
      hint: COLLECT_AGAIN,
    }),

  edited: (path: string, line: number, entry: ManifestEntry) =>
    new UserError(
      `${path} was changed or cut: line ${line} (segment ${entry.sequence}) does not have the SHA-256 ` +
        `${entry.sha256.slice(0, 12)}… that its manifest says`,
      { hint: COLLECT_AGAIN },
    ),

  schema: (
    path: string,
    line: number,
    what: string,
    { field, expected }: { field: string; expected: string },
  ) =>
    new UserError(`${path}, line ${line} (${what}): ${field}: expected ${expected}`, {
      hint: 'The file follows no version of the snapshot format that this ai-spm knows: collect anew.',
    }),

  tooLarge: (path: string, what: string, bytes: number, limit: number) =>
    new UserError(
      `${path}: ${what} would take ${mebibytes(bytes)}, more than the ${mebibytes(limit)} allowed`,
      {
        hint: 'Collect with --every 1h, or for fewer workloads at a time.',
      },
    ),

  unreadable(path: string, error: NodeJS.ErrnoException): UserError {
    const broken = error.code?.startsWith('Z') ?? false;
    return new UserError(
      broken ? `${path} is truncated or damaged: ${error.message}` : `cannot read ${path}: ${error.message}`,
      {
        hint: broken ? COLLECT_AGAIN : (READ_HINTS[error.code ?? ''] ?? 'Check the file.'),
        cause: error,
      },
    );
  },
};

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20).toLocaleString('en')} MiB`;
}

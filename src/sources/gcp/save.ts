/** What was read of Google Cloud, saved as `gcloud … --format json` would have written it, in the documented layout. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import type { GcpObserver } from './reading.ts';

export type GcpSaver = GcpObserver & {
  /** Paths of the files written, below the directory. */
  finish(): Promise<string[]>;
};

/** Throws UserError where the directory holds a `gcp/`: an old export must not mix with a new one. */
export async function createGcpSaver(directory: string): Promise<GcpSaver> {
  const there = await stat(join(directory, 'gcp')).catch(() => null);
  if (there !== null)
    throw new UserError(`${join(directory, 'gcp')}: already there`, {
      hint: 'name a new directory for the export',
    });
  const files = new Map<string, string>();
  return {
    document: (path, text) => void files.set(path, text),
    async finish() {
      for (const [path, text] of files) {
        const file = join(directory, path);
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        await writeFile(file, `${text}\n`, { mode: 0o600, flag: 'wx' });
      }
      return [...files.keys()].sort();
    },
  };
}

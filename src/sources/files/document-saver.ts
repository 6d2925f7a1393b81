/** What was read of a cloud, saved as the dumps that its own command line would have written. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.ts';

export type DocumentSaver = {
  /** `path`: below the directory, in the cloud's folder. */
  document(path: string, text: string): void;
  /** Paths of the files written, below the directory. */
  finish(): Promise<string[]>;
};

/** Throws UserError where the directory holds the cloud's folder: an old export must not mix with a new one. */
export async function createDocumentSaver(directory: string, cloud: 'aws' | 'gcp'): Promise<DocumentSaver> {
  const folder = join(directory, cloud);
  const there = await stat(folder).catch(() => null);
  if (there !== null)
    throw new UserError(`${folder}: already there`, { hint: 'name a new directory for the export' });
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

/** What was read from a cluster, saved as exports that `readExports` reads to the same answer. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import type { ClusterObserver } from '../kubernetes/live.ts';
import { scrub } from './scrub.ts';

export type ExportWriter = ClusterObserver & {
  /** Names of the files written. */
  finish(): Promise<string[]>;
};

/** Throws UserError where the directory holds anything: an old export must not mix with a new one. */
export async function createExportWriter(directory: string): Promise<ExportWriter> {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0)
    throw new UserError(`${directory}: not empty`, { hint: 'name a new directory for the export' });
  const files = new Map<string, unknown>();
  const lists = new Map<string, unknown[]>();
  return {
    served: (answer) => void files.set('apis.json', answer),
    objects({ name }, items) {
      const list = lists.get(name) ?? [];
      for (const item of items) list.push(scrub(item));
      lists.set(name, list);
    },
    async finish() {
      for (const [name, items] of lists) files.set(`${name}.json`, { apiVersion: 'v1', kind: 'List', items });
      for (const [name, content] of files)
        await writeFile(join(directory, name), `${JSON.stringify(content, null, 1)}\n`, {
          mode: 0o600,
          flag: 'wx',
        });
      return [...files.keys()].sort();
    },
  };
}

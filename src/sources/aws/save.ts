/** What was read of AWS, saved as the dumps that the AWS CLI would have written, where `readAwsExports` finds it. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import type { AwsObserver } from './reading.ts';

export type AwsSaver = AwsObserver & {
  /** Paths of the files written, below the directory. */
  finish(): Promise<string[]>;
};

/** Throws UserError where the directory holds an `aws/`: an old export must not mix with a new one. */
export async function createAwsSaver(directory: string): Promise<AwsSaver> {
  const there = await stat(join(directory, 'aws')).catch(() => null);
  if (there !== null)
    throw new UserError(`${join(directory, 'aws')}: already there`, {
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

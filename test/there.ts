import { existsSync } from 'node:fs';

/** Whether a file is there that some tests need; where it is not, says which of them are skipped. */
export function isThere(path: string, tests: string): boolean {
  const there = existsSync(path);
  if (!there) process.stderr.write(`${tests}: skipped, there is no ${path}\n`);
  return there;
}

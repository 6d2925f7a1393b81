/** Where peers lie that no package of this machine brings (fetch.sh). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = process.env.AI_SPM_FETCHED ?? join(import.meta.dirname, '.fetched');

/** The path below the folder, or undefined; said once where it is not there. */
export function fetched(path: string): string | undefined {
  const whole = join(FOLDER, path);
  if (existsSync(whole)) return whole;
  process.stderr.write(`${path} is not tested: not fetched (test/bpf/peers/fetch.sh)\n`);
  return undefined;
}

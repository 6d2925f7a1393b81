/** User space alone: HTTP messages of many open connections, from the sensor's lines to rows. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Figure, figure } from './figures.ts';

const RUN = fileURLToPath(new URL('./listening-run.ts', import.meta.url));
/** 5,000 messages a second on one core. */
const BUDGET_US = 200;
const BUDGET_MIB = 200;

export function benchListening(rounds: number): Figure[] {
  const runs = Array.from({ length: rounds }, () => {
    const { stdout, status, stderr } = spawnSync(process.execPath, [RUN], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as { us: number; rss: number; idle: number };
  });
  return [
    figure(
      'an HTTP message of 1 KB read, CPU',
      'µs',
      runs.map(({ us }) => us),
      BUDGET_US,
    ),
    figure(
      'resident with 10,000 open connections',
      'MiB',
      runs.map(({ rss }) => rss),
      BUDGET_MIB,
    ),
    figure(
      'resident before them',
      'MiB',
      runs.map(({ idle }) => idle),
    ),
  ];
}

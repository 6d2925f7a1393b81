/**
 * Decisions of AWS policies a second on one core; and an account of 5,000 roles and 20 MB: read from JSON, every
 * capability, every edge, and whom everybody becomes in any number of steps. Each in a process of its own, by its
 * processor time.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Figure, figure } from './figures.ts';

const WORK = fileURLToPath(new URL('iam-work.ts', import.meta.url));

function measure(what: 'decisions' | 'account'): Record<string, number> {
  return JSON.parse(execFileSync(process.execPath, [WORK, what], { encoding: 'utf8' }));
}

export function benchIam(rounds: number): Figure[] {
  const decisions: number[] = [];
  const accounts: Record<string, number>[] = [];
  for (let round = 0; round < rounds; round++) {
    decisions.push(1e6 / measure('decisions').perSecond!);
    accounts.push(measure('account'));
  }
  const { megabytes, capabilities, edges, reached } = accounts[0]!;
  if (megabytes! < 20 || edges! < 100_000 || reached! < 1_000_000)
    throw new Error(`not the account that is meant: ${JSON.stringify(accounts[0])}`);
  const of = (key: string) => accounts.map((one) => one[key]!);
  const size = `${Math.round(edges! / 1000)}k edges, ${Math.round(capabilities! / 1000)}k capabilities`;
  return [
    figure('IAM: one decision (50,000 a second)', 'µs', decisions, 20),
    figure(`IAM: 5,000 roles, ${size}`, 's', of('seconds'), 10),
    figure('IAM: its peak memory', 'MB', of('peak'), 1000),
  ];
}

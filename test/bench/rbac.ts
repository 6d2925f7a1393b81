/** 10,000 bindings and 2,000 ServiceAccounts: what each may do and whom it can become, in a process of its own. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Figure, figure } from './figures.ts';

const WORK = fileURLToPath(new URL('rbac-work.ts', import.meta.url));

function measure(...args: string[]): Record<string, number> {
  return JSON.parse(execFileSync(process.execPath, [WORK, ...args], { encoding: 'utf8' }));
}

export function benchRbac(rounds: number): Figure[] {
  const whole: Record<string, number>[] = [];
  const half: Record<string, number>[] = [];
  for (let round = 0; round < rounds; round++) {
    whole.push(measure());
    half.push(measure('5000', '1000'));
  }
  const { capabilities, edges, allowed } = whole[0]!;
  if (capabilities! < 30_000 || edges! < 10_000 || allowed! < 100)
    throw new Error(`not the cluster that is meant: ${JSON.stringify(whole[0])}`);
  const of = (key: string) => whole.map((one) => one[key]!);
  const growth = whole.map((one, round) => one.resolving! / half[round]!.resolving!);
  const size = `${Math.round(capabilities! / 1000)}k capabilities, ${Math.round(edges! / 1000)}k edges`;
  return [
    figure(`RBAC: 10,000 bindings, 2,000 accounts, ${size}`, 's', of('seconds'), 2),
    figure('RBAC: its peak memory', 'MiB', of('peak'), 300),
    figure('RBAC: resolving twice as much', '×', growth, 4),
  ];
}

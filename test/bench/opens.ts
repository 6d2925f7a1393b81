/** 50,000 opens/s: CPU per open of the opener, by family and against bpftrace; nothing lost. */
import type { WireRecord } from '../../src/model/wire.ts';
import { differences, type Figure, figure } from './figures.ts';
import { interleave, slicedUnder } from './rounds.ts';

const LOAD = { kind: 'opens', rate: 50_000, seconds: 2, slices: 2 };

export async function benchOpens(rounds: number): Promise<Figure[]> {
  const results = await interleave(
    ['none', 'file', 'all', 'bpftrace-file', 'bpftrace-all'],
    rounds,
    (variant) => slicedUnder(variant, LOAD),
  );
  const cost = (variant: string) =>
    differences(
      results[variant]!.map((result) => result.least.cpu_ns_each / 1000),
      results.none!.map((result) => result.least.cpu_ns_each / 1000),
    );
  const lost = results.all!.map((result) => lostOf(result.records as WireRecord[]));
  return [
    figure(
      'opens/s reached',
      '/s',
      results.all!.flatMap(({ slices }) => slices.map(({ done, seconds }) => done / seconds)),
    ),
    figure('file family, per open', 'µs', cost('file'), 0.8),
    figure('all families, per open', 'µs', cost('all'), 1.1),
    figure('bpftrace, open hooks only, per open', 'µs', cost('bpftrace-file')),
    figure('bpftrace, all hooks, per open', 'µs', cost('bpftrace-all')),
    figure('all families minus bpftrace, all hooks', 'µs', differences(cost('all'), cost('bpftrace-all')), 0),
    figure('first-seen records lost', 'records', lost, 0),
  ];
}

/** Loss as the last coverage records tell it, over all signals and cgroups. */
export function lostOf(records: readonly WireRecord[]): number {
  const last = new Map<string, number>();
  for (const record of records) {
    if (record.t === 'coverage') last.set(`${record.cg} ${record.signal}`, record.lost);
  }
  return [...last.values()].reduce((sum, value) => sum + value, 0);
}

/** 20,000 connects/s to rotating loopback destinations: every one counted, none lost, for less than bpftrace. */
import type { WireRecord } from '../../src/model/wire.ts';
import { differences, type Figure, figure } from './figures.ts';
import { lostOf } from './opens.ts';
import { interleave, slicedUnder } from './rounds.ts';

const LOAD = { kind: 'connects', rate: 20_000, seconds: 2, slices: 2 };

export async function benchConnects(rounds: number): Promise<Figure[]> {
  const results = await interleave(['none', 'all', 'bpftrace-all'], rounds, (variant) =>
    slicedUnder(variant, LOAD),
  );
  const each = (variant: string) => results[variant]!.map(({ least }) => least.cpu_ns_each / 1000);
  const ours = differences(each('all'), each('none'));
  const theirs = differences(each('bpftrace-all'), each('none'));
  const missed = results.all!.map(({ slices, records }) => {
    const done = slices.reduce((sum, slice) => sum + slice.done, 0);
    return done - countedOf(records as WireRecord[]);
  });
  return [
    figure(
      'connects/s reached',
      '/s',
      results.all!.flatMap(({ slices }) => slices.map(({ done, seconds }) => done / seconds)),
    ),
    figure('all families, per connect', 'µs', ours),
    figure('bpftrace with the same hooks, per connect', 'µs', theirs),
    figure('ours minus bpftrace', 'µs', differences(ours, theirs), 0),
    figure('connects not counted', 'connects', missed.map(Math.abs), 0),
    figure(
      'first-seen records lost',
      'records',
      results.all!.map((r) => lostOf(r.records as WireRecord[])),
      0,
    ),
  ];
}

/** Sum of the last counts of every subject that is one of the load's destinations. */
function countedOf(records: readonly WireRecord[]): number {
  const ids = new Set<string>();
  const counts = new Map<string, number>();
  for (const record of records) {
    if (record.t === 'connect' && record.dport === 9 && record.daddr.startsWith('127.0.')) ids.add(record.id);
    if (record.t === 'count') counts.set(record.id, record.count);
  }
  return [...ids].reduce((sum, id) => sum + (counts.get(id) ?? 0), 0);
}

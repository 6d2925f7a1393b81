/** What observing cost, over all segments: a sensor costs its node, so this is of nodes and of no workload. */
import type { ObservedCost } from '../../model/observed.ts';
import { byText } from './order.ts';
import type { PackedSegment } from './pack.ts';

/** Null without segments. Programs are named `<family>_<what>`; `dispatch` stands for those that it calls. */
export function costOf(
  segments: readonly Pick<PackedSegment, 'cost' | 'start' | 'end'>[],
): ObservedCost | null {
  if (segments.length === 0) return null;
  const programs = new Map<string, { ns: number; runs: number }>();
  for (const { program, runNs, runCount } of segments.flatMap(({ cost }) => cost.bpf)) {
    const known = programs.get(program) ?? { ns: 0, runs: 0 };
    programs.set(program, { ns: known.ns + runNs, runs: known.runs + runCount });
  }
  const sum = (of: (one: (typeof segments)[number]) => number) =>
    segments.reduce((total, one) => total + of(one), 0);
  return {
    windowMs: sum(({ start, end }) => Math.max(0, end - start)),
    sensorMs: sum(({ cost }) => cost.cpuMs),
    collectMs: sum(({ cost }) => cost.collectCpuMs),
    probes: [...programs]
      .map(([program, { ns, runs }]) => ({
        family: program.split('_', 1)[0]!,
        program,
        runMs: Math.round(ns / 1e6),
        runs,
      }))
      .sort(byText(({ program }) => program)),
  };
}

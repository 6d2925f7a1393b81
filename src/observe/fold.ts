/**
 * From the sensor's stream to segments. Counters on the wire are cumulative since the sensor started; a segment
 * holds what was added since the one before it. What an earlier segment saw first stays known, so any cut of a
 * stream into segments adds up to the same totals.
 *
 * A replay is `for each line: fold.push(record)`, and `closeSegment` wherever a segment shall end: best right after
 * a checkpoint record, since counters arrive with checkpoints.
 */
import type { ApplicationSignal } from '../model/kinds.ts';
import type { ReadSegment } from '../model/snapshot.ts';
import type { WireRecord } from '../model/wire.ts';
import { answerInventory, forgetUse } from './meaning/inventory.ts';
import { handle, resolveLate } from './records/handle.ts';
import { endStreams } from './records/streams.ts';
import { buildSegment } from './segment/build.ts';
import { readClock } from './state/clock.ts';
import { forgetEntries } from './state/entries.ts';
import { identifyTree } from './state/identify.ts';
import { startNextSegment } from './state/next-segment.ts';
import { newPerMinute } from './state/novelty.ts';
import { createRun, type Run } from './state/run.ts';
import { type ShedImage, shed } from './state/shed.ts';
import { ask, retract, takeWants } from './state/wants.ts';
import type { CloseOptions, FoldOptions, FoldStats, Want } from './types.ts';

export type Fold = {
  /** Takes any record that wireRecordSchema accepts; never throws. */
  push(record: WireRecord): void;
  /** Files and directories that only the sensor can read, each handed out once. */
  wants(): Want[];
  /** Streams of which the sensor need not send any more, each handed out once. */
  unwanted(): string[];
  /** Listens to a family no more, and says why in the coverage (state/shed.ts). @returns images to be detached. */
  shed(signal: ApplicationSignal, why: string, at: number): ShedImage[] | null;
  /** @param result data: the bytes read, or NUL-separated names; null with the errno. Unknown ids are ignored. */
  answer(id: number, result: { errno: number; data: Uint8Array | null }): void;
  /** Ends the open segment and begins the next one. */
  closeSegment(options?: CloseOptions): ReadSegment;
  stats(): FoldStats;
};

const ESRCH = 3;

function answer(run: Run, id: number, { errno, data }: { errno: number; data: Uint8Array | null }): void {
  const asked = run.wants.asked.get(id);
  if (!asked) return;
  run.wants.asked.delete(id);
  const { cgroup, want } = asked;
  if (errno === ESRCH) {
    retract(run.wants, asked);
    forgetUse(cgroup.inventory, want);
    return;
  }
  answerInventory(cgroup.inventory, want, errno === 0 ? data : null, (op, path) =>
    ask(run.wants, cgroup, want, op, path, run.limits.wants),
  );
}

function closeSegment(run: Run, options: CloseOptions): ReadSegment {
  if (options.end) readClock(run.clock, options.end);
  const end = Math.max(run.segmentStart, options.end?.boot_us ?? run.clock.now);
  resolveLate(run);
  if (options.final) {
    endStreams(run, end);
    forgetEntries(run);
  }
  const segment = buildSegment(run, end, options);
  startNextSegment(run, end);
  return segment;
}

function stats(run: Run): FoldStats {
  const ids = new Map<string, boolean>();
  for (const tree of run.table.trees) {
    const { id, unit } = identifyTree(run, tree);
    ids.set(id, unit === 'unresolved');
  }
  let lost = 0;
  for (const { cover } of run.cgroups.values()) for (const one of cover.values()) lost += one.lost;
  return {
    workloads: ids.size,
    unresolved: [...ids.values()].filter(Boolean).length,
    processes: run.table.instances.size,
    records: run.records,
    events: run.events,
    lost,
    newDimensionsPerMinute: newPerMinute(run.novelty, run.clock.now),
    at: run.clock.now,
  };
}

export function createFold(options: FoldOptions): Fold {
  const run = createRun(options);
  return {
    push: (record) => handle(run, record),
    wants: () => takeWants(run.wants),
    shed: (signal, why, at) => shed(run, signal, why, at),
    unwanted: () => run.unwanted.splice(0),
    answer: (id, result) => answer(run, id, result),
    closeSegment: (close = {}) => closeSegment(run, close),
    stats: () => stats(run),
  };
}

export type {
  CgroupRef,
  CloseOptions,
  FoldOptions,
  FoldStats,
  HostProcess,
  Limits,
  ResolvedPeer,
  Want,
  WorkloadInfo,
} from './types.ts';
export { DEFAULT_LIMITS } from './types.ts';
export { type CgroupPath, parseCgroupPath } from './workload/cgroup-path.ts';

/** `ai-spm collect`: attach, observe, write; readable from top to bottom. */
import { hostname } from 'node:os';
import { EXIT, type ExitCode } from '../errors.ts';
import type { ReadSegment } from '../model/snapshot.ts';
import type { CollectProgress } from '../render/collect-progress.ts';
import { collectSummary, startLine } from '../render/collect-summary.ts';
import { writeSnapshot } from '../sources/files/snapshot-writer.ts';
import { check, printUnit } from './collect-check.ts';
import { openDisplay } from './collect-display.ts';
import type { CollectIo } from './collect-io.ts';
import { type CollectOptions, type CollectPlan, planCollection } from './collect-options.ts';
import { type Output, openOutput, type Written } from './collect-output.ts';
import { type RecordingEnd, record } from './collect-record.ts';
import { openSession, type Session } from './collect-session.ts';
import { listenForSignals } from './collect-signals.ts';
import { createTally } from './collect-tally.ts';
import { keepHeapSmall } from './heap.ts';
import { createSegmentQueue } from './segment-queue.ts';
import { TOOL } from './tool.ts';

export type { CollectIo } from './collect-io.ts';
export type { CollectOptions } from './collect-options.ts';

/** Counts come with checkpoints, frames more often: the rate is that of the last frames together. */
const RATE_SAMPLES = 10;
const CREATED_BY = `${TOOL.name} ${TOOL.version}`;

export async function collect(options: CollectOptions, io: CollectIo): Promise<ExitCode> {
  if (options.systemdUnit) return printUnit(options, io);
  const watched = io.terminal !== null && options.progress && !options.quiet;
  const plan = planCollection(options, { node: hostname(), nowMs: io.now(), watched });
  if (options.check) return check(options, plan, io);
  keepHeapSmall();
  const warn = (text: string) => io.problem(`warning: ${text}\n`);
  const signals = listenForSignals(io);
  const output = await openOutput(plan, { createdBy: CREATED_BY, now: io.now, warn });
  try {
    const session = await signals.orInterrupted((cancelled) =>
      openSession(options, plan, { ...io, cancelled }),
    );
    io.stderr(startLine(session.sensor.header, plan.windowMs, plan.replay));
    try {
      return await observe(session, output, plan, options, { ...io, onSignal: signals.onSignal });
    } finally {
      session.close();
    }
  } finally {
    signals.close();
    await output.finish();
  }
}

async function observe(
  session: Session,
  output: Output,
  plan: CollectPlan,
  options: CollectOptions,
  io: CollectIo,
): Promise<ExitCode> {
  const started = io.now();
  const tally = createTally();
  const queue = createSegmentQueue(output, rescue, {
    name: plan.output.each ? `${hostname()}.snapshot.jsonl.zst` : plan.output.path,
    warn: (text) => io.problem(`warning: ${text}\n`),
  });
  const onSegment = (segment: ReadSegment) => {
    tally.add(segment);
    queue.push(segment);
  };
  const display = await openDisplay(io, options, progressOf(session, plan, tally.segments, io));
  let end: RecordingEnd;
  try {
    end = await record({
      ...session,
      windowMs: plan.windowMs,
      segmentMs: plan.segmentMs,
      replayed: plan.replay !== null,
      maxCpu: plan.maxCpu,
      tell: (text) => io.problem(`warning: ${text}\n`),
      onSegment,
      onSignal: io.onSignal,
    });
  } finally {
    display.close();
  }
  if (end.aborted) return EXIT.interrupted;
  const written = await queue.drain();
  const { events } = session.fold.stats();
  const summary = { elapsedMs: io.now() - started, workloads: tally.workloads(), events, lost: tally.lost() };
  const notes = [...session.notes(), ...endNotes(end, queue.dropped(), written.rescued)];
  const code = exitCode(end, plan, written.rescued !== null);
  const say = code === EXIT.failed ? io.problem : io.stderr;
  say(collectSummary({ ...summary, written: (await output.finish()) ?? written.rescued, notes }));
  return code;
}

function rescue(path: string, segments: readonly ReadSegment[]): Promise<void> {
  return writeSnapshot(path, segments, CREATED_BY);
}

function endNotes(end: RecordingEnd, dropped: number, rescued: Written | null): string[] {
  return [
    ...(end.partialReason === null ? [] : [`${end.partialReason}: the snapshot is partial`]),
    ...(dropped === 0 ? [] : [`${dropped} segment(s) could not be written and were dropped`]),
    ...(rescued === null ? [] : [`the place asked for could not be written; see ${rescued.path}`]),
  ];
}

/** A run that loses its sensor has failed, whatever it could save: a supervisor starts it again, a script stops. */
function exitCode(end: RecordingEnd, plan: CollectPlan, rescued: boolean): ExitCode {
  if (rescued || end.failure !== null) return EXIT.failed;
  if (end.signal === 'SIGTERM' && plan.windowMs === null) return EXIT.ok;
  return end.signal === null ? EXIT.ok : EXIT.interrupted;
}

function progressOf(
  { sensor, fold }: Session,
  plan: CollectPlan,
  segments: () => number,
  io: CollectIo,
): () => CollectProgress {
  const started = io.now();
  const samples = [{ at: started, events: 0 }];
  const missing = sensor.header.families.filter((f) => f.attached_us === undefined).map((f) => f.family);
  return () => {
    const { workloads, unresolved, events, lost, newDimensionsPerMinute } = fold.stats();
    const at = io.now();
    samples.push({ at, events });
    if (samples.length > RATE_SAMPLES) samples.shift();
    const eventsPerSecond = ((events - samples[0]!.events) * 1000) / Math.max(1, at - samples[0]!.at);
    return {
      ...{ node: sensor.header.node, output: plan.output.path, missing, windowMs: plan.windowMs },
      ...{ elapsedMs: at - started, events, eventsPerSecond, lost, workloads, unresolved },
      ...{ newDimensionsPerMinute, segments: segments() },
    };
  };
}

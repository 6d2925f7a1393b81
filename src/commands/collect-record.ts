/** The loop between sensor and fold: records in, closed segments out. Knows nothing of files and terminals. */
import type { ReadSegment } from '../model/snapshot.ts';
import type { WireOf, WireRecord } from '../model/wire.ts';
import type { Fold } from '../observe/fold.ts';
import { formatDuration } from '../render/duration.ts';
import type { Sensor } from '../sources/sensor/sensor.ts';
import { createCpuBudget } from './collect-budget.ts';
import type { StopSignal } from './collect-io.ts';
import { createQuestions } from './collect-questions.ts';

export type Recording = {
  sensor: Sensor;
  /** Read already, after the header. */
  early: readonly WireRecord[];
  fold: Fold;
  /** Null: until stopped. */
  windowMs: number | null;
  segmentMs: number;
  /** A recorded stream: its own clock says when a segment ends, and its answers are in it. */
  replayed: boolean;
  /** Percent of one core; null: no limit. */
  maxCpu: number | null;
  tell: (text: string) => void;
  onSegment: (segment: ReadSegment) => void;
  onSignal: (handler: (signal: StopSignal) => void) => () => void;
};

export type RecordingEnd = {
  signal: StopSignal | null;
  /** A second signal: nothing is to be written. */
  aborted: boolean;
  /** Why the stream ended otherwise than asked. */
  failure: string | null;
  /** Why less was seen than was asked for; null: nothing is missing, or the fold says it. */
  partialReason: string | null;
};

/** How long the end waits for answers to what was still asked. */
const ANSWERS_MS = 2000;
/** After these there may be something new to look into; a process that just began may speak at once. */
const ASKING: ReadonlySet<WireRecord['t']> = new Set(['reply', 'image', 'checkpoint', 'process', 'mapping']);
/** A process may live for a second only: what it loaded is asked for at this pace, not at checkpoints alone. */
const ASK_MS = 1000;
/** Checkpoints come on time, give or take this. */
const EARLY_MS = 500;

export async function record(recording: Recording): Promise<RecordingEnd> {
  const run = createRun(recording);
  const stopListening = recording.onSignal(run.signalled);
  const timers = recording.replayed ? [] : startTimers(recording, run);
  try {
    recording.fold.push(recording.sensor.header);
    for (const one of recording.early) run.take(one);
    for await (const one of recording.sensor.records) run.take(one);
    return run.finish();
  } finally {
    stopListening();
    run.cancel();
    for (const timer of timers) clearTimeout(timer);
  }
}

type Run = ReturnType<typeof createRun>;

function startTimers({ windowMs }: Recording, run: Run): NodeJS.Timeout[] {
  const asking = setInterval(run.ask, ASK_MS);
  return windowMs === null ? [asking] : [asking, setTimeout(run.stop, windowMs)];
}

function createRun(recording: Recording) {
  const { sensor, fold, replayed } = recording;
  const questions = createQuestions(sensor, fold, replayed);
  const budget = createCpuBudget(replayed ? null : recording.maxCpu, sensor, fold, recording.tell);
  const end: RecordingEnd = { signal: null, aborted: false, failure: null, partialReason: null };
  let segmentStart = sensor.header.clock.boot_us;
  let stopping: NodeJS.Timeout | null = null;
  let cpu = process.cpuUsage();

  function stop(): void {
    if (stopping) return;
    // Counts first: they may show packages that nobody has asked about yet.
    sensor.command('checkpoint');
    stopping = setTimeout(() => sensor.stop(), replayed ? 0 : ANSWERS_MS);
  }
  function signalled(name: StopSignal): void {
    if (end.signal !== null) {
      end.aborted = true;
      sensor.abort();
    }
    end.signal ??= name;
    stop();
  }
  function close(final: boolean, partialReason: string | null): void {
    const used = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    const collectCpuMs = replayed ? 0 : Math.round((used.user + used.system) / 1000);
    recording.onSegment(fold.closeSegment({ final, partialReason, collectCpuMs }));
  }
  function checkpoint({ clock }: WireOf<'checkpoint'>): void {
    const elapsedMs = (clock.boot_us - segmentStart) / 1000;
    if (stopping || elapsedMs < recording.segmentMs - EARLY_MS) return;
    close(false, null);
    segmentStart = clock.boot_us;
  }
  function take(one: WireRecord): void {
    fold.push(one);
    if (one.t === 'reply') questions.answer(one);
    if (one.t === 'checkpoint') {
      budget.checkpoint(one);
      checkpoint(one);
    }
    if (one.t === 'image') questions.looked(one);
    if (ASKING.has(one.t)) questions.ask();
    if (one.t === 'payload') quieten();
    if (stopping && questions.settled()) sensor.stop();
  }
  function quieten(): void {
    for (const id of fold.unwanted())
      if (!replayed) sensor.command('stream-mode', { cgroup: `0x${id}`, max: 0 });
  }
  function finish(): RecordingEnd {
    end.failure = sensor.failure();
    end.partialReason = partialReason(recording, end);
    if (!end.aborted) close(true, end.partialReason);
    return end;
  }
  return {
    stop,
    signalled,
    take,
    finish,
    ask: questions.ask,
    cancel: () => clearTimeout(stopping ?? undefined),
  };
}

/** Null: everything that was asked for was seen, or the fold knows the reason itself. */
function partialReason({ sensor, windowMs, fold }: Recording, end: RecordingEnd): string | null {
  const { malformed, firstMalformed } = sensor.defects;
  const { clock } = sensor.header;
  const seen = formatDuration((fold.stats().at - clock.boot_us) / 1000);
  const reasons = [
    end.failure,
    malformed > 0 ? `${malformed} lines of the sensor were not understood: ${firstMalformed}` : null,
    end.signal !== null && windowMs !== null
      ? `interrupted by ${end.signal} after ${seen} of ${formatDuration(windowMs)}`
      : null,
  ].filter((reason) => reason !== null);
  return reasons.length === 0 ? null : reasons.join('; ');
}

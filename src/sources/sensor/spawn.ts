import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { Signal } from '../../model/kinds.ts';
import type { WireHeader } from '../../model/wire.ts';
import { encodeCommand } from './commands.ts';
import { readPieces } from './pieces.ts';
import { findSensor, noPrivileges, refuseAbsentProcesses, sensorFailed } from './preflight.ts';
import { noDefects, readHeader, readRecords } from './records.ts';
import type { Sensor } from './sensor.ts';

type SensorProcess = ChildProcessByStdio<Writable, Readable, Readable>;

export type SensorOptions = {
  /** Iterators only, then the end. */
  now?: boolean;
  /** Attach, report, end. */
  check?: boolean;
  /** Nothing is captured but the cgroups added by command. */
  scoped?: boolean;
  /** Roots of process trees to capture. */
  pids?: readonly number[];
  /** Families that are attached; default: those that look at the kernel alone. */
  families?: readonly Signal[];
  /** How often the sensor writes its counts, ms. */
  checkpointMs?: number;
  env: Readonly<Record<string, string | undefined>>;
  /** How long it may say nothing after `stop`, ms. */
  stopSilenceMs?: number;
  /** Gives up on a sensor that has not sent its header. */
  cancelled?: AbortSignal;
};

/** After `stop` a sensor that says nothing for so long is stuck: the last read of full maps takes a few hundred ms. */
const STOP_SILENCE_MS = 10_000;
const STDERR_KEPT = 4096;
const EPERM = 1;
const EACCES = 13;

/**
 * Starts the sensor and waits for its header.
 *
 * @throws UserError (exit code 4) when it cannot run here, or may not load one program.
 */
export async function startSensor(options: SensorOptions): Promise<Sensor> {
  const binary = findSensor(options.env);
  refuseAbsentProcesses(options.pids ?? []);
  // A process group of its own: Ctrl-C is ours to handle, and the sensor ends when its standard input closes.
  const child = spawn(binary, sensorArguments(options), { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  child.stdin.on('error', () => {});
  const stderr = keepTail(child);
  const ended = endOf(child);
  const abort = () => child.kill('SIGKILL');
  options.cancelled?.addEventListener('abort', abort);
  const defects = noDefects();
  const end: End = { failure: null };
  const records = readRecords(untilEnded(child, ended, end), defects);
  try {
    const header = await readHeader(records, defects);
    if (refusedForPrivilege(header)) throw noPrivileges(stderr());
    const silenceMs = options.stopSilenceMs ?? STOP_SILENCE_MS;
    return { header, records, defects, ...controls(child, ended, silenceMs), failure: () => end.failure };
  } catch (error) {
    child.kill('SIGKILL');
    if ((error as Error).name === 'UserError') throw error;
    await Promise.race([ended, once(child, 'error')]).catch(() => {});
    if (process.geteuid?.() !== 0 || /not permitted/.test(stderr())) throw noPrivileges(stderr());
    throw sensorFailed((error as Error).message, stderr());
  } finally {
    options.cancelled?.removeEventListener('abort', abort);
  }
}

function sensorArguments(options: SensorOptions): string[] {
  return [
    ...(options.now ? ['--now'] : []),
    ...(options.check ? ['--check'] : []),
    ...(options.scoped ? ['--cgroup-only'] : []),
    ...(options.pids ?? []).flatMap((pid) => ['--pid-tree', String(pid)]),
    ...(options.families ? ['--families', options.families.join(',')] : []),
    ...(options.checkpointMs === undefined ? [] : ['--checkpoint-ms', String(options.checkpointMs)]),
    ...['--ignore-pid', String(process.pid)],
  ];
}

function controls(
  child: SensorProcess,
  ended: Promise<string | null>,
  silenceMs: number,
): Pick<Sensor, 'command' | 'stop' | 'abort'> {
  return {
    command(op, args, request = 0) {
      if (child.stdin.writable) child.stdin.write(encodeCommand(op, request, args));
    },
    stop() {
      if (!child.stdin.writable) return;
      child.stdin.end(encodeCommand('stop', 0));
      const timer = setTimeout(() => child.kill('SIGKILL'), silenceMs);
      // On a busy machine it may have much to say still: it is not killed over that, its last counts would be lost.
      child.stdout.on('data', () => timer.refresh());
      void ended.then(() => clearTimeout(timer));
    },
    abort: () => child.kill('SIGKILL'),
  };
}

/** Why it ended otherwise than asked: known once all that it wrote has been read. */
type End = { failure: string | null };

async function* untilEnded(
  { stdout }: SensorProcess,
  ended: Promise<string | null>,
  end: End,
): AsyncGenerator<Buffer> {
  yield* readPieces(stdout);
  end.failure = await ended;
}

/** Null for an orderly end. Never rejects. */
function endOf(child: SensorProcess): Promise<string | null> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      if (signal) resolve(`the sensor was killed by ${signal}`);
      else resolve(code === 0 ? null : `the sensor ended with exit code ${code}`);
    });
  });
}

function keepTail(child: SensorProcess): () => string {
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-STDERR_KEPT);
  });
  return () => tail;
}

function refusedForPrivilege(header: WireHeader): boolean {
  const programs = header.families.flatMap((family) => family.programs).filter((p) => p.stage !== 'skipped');
  const refused = (errno: number | undefined) => errno === EPERM || errno === EACCES;
  return programs.length > 0 && programs.every((program) => !program.attached && refused(program.errno));
}

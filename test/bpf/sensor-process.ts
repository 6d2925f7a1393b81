/** The built sensor as a child process, its stream held against the wire contract line by line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type WireOf, type WireRecord, wireRecordSchema } from '../../src/model/wire.ts';
import { encodeCommand } from '../../src/sources/sensor/commands.ts';

export const SENSOR = fileURLToPath(new URL('../../bpf/.output/ai-spm-sensor', import.meta.url));

/** Why real probes cannot run here, or undefined. */
export function whyNoProbes(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync('/sys/kernel/btf/vmlinux')) return 'the kernel has no BTF';
  if (!existsSync(SENSOR)) return `not built: ${SENSOR}`;
  return undefined;
}

export const noProbes = whyNoProbes();
if (noProbes) process.stderr.write(`real probes are skipped: ${noProbes}\n`);

export type SensorRun = {
  readonly child: ChildProcess;
  /** All records so far, in order. */
  readonly records: WireRecord[];
  /** Lines that are no valid record, with the reason. */
  readonly invalid: string[];
  of<T extends WireRecord['t']>(type: T): WireOf<T>[];
  /** Waits until `test` holds for the records so far. */
  until<R>(test: () => R | undefined | false, what: string): Promise<R>;
  /** Ends the input, waits for the end of the stream. */
  stop(): Promise<void>;
  /** The end of a run that ends by itself. */
  ended(): Promise<{ code: number | null; stderr: string }>;
};

/** Starts the sensor; resolves when it has attached and, unless it ends by itself, shown what already runs. */
export async function startSensor(...args: string[]): Promise<SensorRun> {
  const child = spawn(SENSOR, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const run = collect(child);
  const over = () => child.exitCode !== null;
  await run.until(() => run.of('header')[0] ?? over(), 'a header');
  if (args.includes('--now') || args.includes('--check')) return run;
  // Commands are taken after the iterators: what starts from now on is seen live, and only so.
  child.stdin.write(encodeCommand('checkpoint', 0));
  await run.until(() => run.of('checkpoint')[0] ?? over(), 'a checkpoint');
  return run;
}

function collect(child: ReturnType<typeof spawn>): SensorRun {
  const records: WireRecord[] = [];
  const invalid: string[] = [];
  let stderr = '';
  child.stdin?.on('error', () => {});
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const parsed = wireRecordSchema.safeParse(tryJson(line));
    if (parsed.success) records.push(parsed.data);
    else invalid.push(`${line.slice(0, 300)} ${parsed.error.message.slice(0, 300)}`);
  });
  const ended = async () => ({ code: await closed, stderr });
  return {
    child,
    records,
    invalid,
    of: <T extends WireRecord['t']>(type: T) => records.filter((r): r is WireOf<T> => r.t === type),
    until: (test, what) => poll(test, what),
    ended,
    stop: async () => {
      child.stdin?.end();
      await ended();
    },
  };
}

function tryJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function poll<R>(test: () => R | undefined | false, what: string): Promise<R> {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(20)) {
    const result = test();
    if (result) return result;
  }
  throw new Error(`waited 20 s for ${what}`);
}

/** All that happened until now has been passed on when it comes. */
export async function checkpoint(run: SensorRun): Promise<void> {
  const seen = run.of('checkpoint').length;
  run.child.stdin!.write(encodeCommand('checkpoint', 0));
  await run.until(() => run.of('checkpoint').length > seen, 'a checkpoint');
}

/** Runs a program to its end and gives its output. */
export async function output(command: string, ...args: string[]): Promise<{ pid: number; stdout: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  await new Promise((resolve) => child.on('close', resolve));
  return { pid: child.pid!, stdout };
}

/** A program that has said a line and waits for its input to end. */
export async function waiting(command: string, ...args: string[]): Promise<ChildProcess & { said: string }> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = await new Promise<string>((resolve) => child.stdout.once('data', (c) => resolve(String(c))));
  return Object.assign(child, { said });
}

/** Last count of each subject. */
export function counts(run: SensorRun): Map<string, WireOf<'count'>> {
  return new Map(run.of('count').map((c) => [c.id, c]));
}

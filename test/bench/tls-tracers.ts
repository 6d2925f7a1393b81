/** What is at the TLS functions of an image: nothing, probes that do nothing, or the sensor's. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WireOf } from '../../src/model/wire.ts';
import { encodeCommand } from '../../src/sources/sensor/commands.ts';
import { SENSOR } from '../bpf/sensor-process.ts';
import { cpuMs } from './proc.ts';

export type TlsVariant = 'none' | 'empty' | 'capture';
export type TlsTracer = { stop: () => Promise<Captured> };
/** `requests`: payloads that begin as a request of wrk does. `programsMs`: run time of the programs, traps not included. */
export type Captured = { requests: number; lost: number; sensorMs: number; programsMs: number };

const NOTHING: Captured = { requests: 0, lost: 0, sensorMs: 0, programsMs: 0 };
const OUT = fileURLToPath(new URL('../../bpf/.output/', import.meta.url));
const BPF = fileURLToPath(new URL('../../bpf/', import.meta.url));
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/** `"data":"` and the base64 of `GET /`. */
const REQUEST = Buffer.from('"data":"R0VUIC');

export function buildTlsTools(): void {
  const finder = readdirSync(BPF).filter((f) => /^image-.*\.c$/.test(f) && f !== 'image-identity.c');
  const sources = [here('../bpf/image-find.c'), ...finder.map((part) => BPF + part)];
  execFileSync('cc', ['-O2', '-D_GNU_SOURCE', '-o', `${OUT}image-find`, ...sources], { stdio: 'inherit' });
  execFileSync('cc', ['-O2', '-o', `${OUT}empty-uprobes`, here('./empty-uprobes.c')], { stdio: 'inherit' });
}

export async function startTlsTracer(variant: TlsVariant, image: string): Promise<TlsTracer> {
  if (variant === 'none') return { stop: async () => NOTHING };
  return variant === 'empty' ? startEmpty(image) : startCapture(image);
}

async function startEmpty(image: string): Promise<TlsTracer> {
  const found = JSON.parse(execFileSync(`${OUT}image-find`, [image], { encoding: 'utf8' })) as {
    places: { off: number; exit: boolean }[];
  };
  const places = found.places.map(({ off, exit }) => `${exit ? 'r' : ''}${off}`);
  const child = spawn(`${OUT}empty-uprobes`, [image, ...places], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return { stop: () => ended(child).then(() => NOTHING) };
}

async function ended(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.stdin?.end();
  await closed;
}

/** Looks for what it counts in the sensor's bytes as they come: no reader is faster. */
async function startCapture(image: string): Promise<TlsTracer> {
  const child = spawn(SENSOR, ['--families', 'tls'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const state = { requests: 0, tail: Buffer.alloc(0), text: '', attached: () => {} };
  const attached = new Promise<void>((resolve) => {
    state.attached = resolve;
  });
  child.stdout.on('data', (chunk: Buffer) => take(state, chunk));
  child.stdin.write(encodeCommand('image-attach', 1, { pid: 0, start: '0', path: image }));
  await attached;
  const started = cpuMs(child.pid!);
  return {
    stop: async () => {
      const sensorMs = cpuMs(child.pid!) - started;
      await ended(child);
      const programsMs = programsIn(state.text);
      return { requests: state.requests, lost: lostIn(state.text), sensorMs, programsMs };
    },
  };
}

type Taking = { requests: number; tail: Buffer<ArrayBufferLike>; text: string; attached: () => void };

function take(state: Taking, chunk: Buffer): void {
  const bytes = Buffer.concat([state.tail, chunk]);
  for (let at = bytes.indexOf(REQUEST); at >= 0; at = bytes.indexOf(REQUEST, at + 1)) state.requests++;
  state.tail = bytes.subarray(Math.max(0, bytes.length - REQUEST.length + 1));
  if (bytes.includes('"status":"attached"')) state.attached();
  // Coverage stands at the end; of the rest only so much is kept.
  state.text = (state.text + chunk.toString('latin1')).slice(-100_000);
}

function lostIn(text: string): number {
  const last = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (!line.startsWith('{"t":"coverage"') || !line.endsWith('}')) continue;
    const record = JSON.parse(line) as WireOf<'coverage'>;
    if (record.signal === 'tls') last.set(record.cg, record.lost);
  }
  return [...last.values()].reduce((sum, lost) => sum + lost, 0);
}

/**
 * As the kernel counted while its statistics were on, scaled to the whole time: an upper bound, since they are on in the
 * first second above all, in which the most is copied whole.
 */
function programsIn(text: string): number {
  const trailer = JSON.parse(text.trimEnd().split('\n').at(-1)!) as WireOf<'trailer'>;
  return trailer.cost.bpf.reduce((sum, { run_ns }) => sum + run_ns, 0) / 1e6;
}

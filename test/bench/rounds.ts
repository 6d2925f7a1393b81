import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startTracer, type Variant } from './tracers.ts';

const OUT = fileURLToPath(new URL('../../bpf/.output/', import.meta.url));
export const LOAD = `${OUT}bench-load`;
/** Where the load's workloads have their own files. */
export const WORKLOAD_FILES = '/tmp/ai-spm-bench/workloads';

export type Load = { done: number; seconds: number; cpu_ns_each: number };

export function buildLoad(): void {
  mkdirSync('/tmp/ai-spm-bench', { recursive: true });
  const source = fileURLToPath(new URL('./load.c', import.meta.url));
  execFileSync('cc', ['-O2', '-Wall', '-o', LOAD, source], { stdio: 'inherit' });
}

/** The load runs as a child, so that this process stays out of the measured time. */
export async function runLoad(
  kind: string,
  rate: number,
  seconds: number,
  pin: readonly string[] = [],
): Promise<Load> {
  const [program, ...args] = [...pin, LOAD, kind, String(rate), String(seconds)];
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  return JSON.parse(text) as Load;
}

/** Every variant once a round, in an order that rotates: drift of the machine hits them all alike. */
export async function interleave<R>(
  variants: readonly Variant[],
  rounds: number,
  measure: (variant: Variant) => Promise<R>,
): Promise<Record<string, R[]>> {
  const results: Record<string, R[]> = Object.fromEntries(variants.map((variant) => [variant, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < variants.length; turn++) {
      const variant = variants[(round + turn) % variants.length]!;
      results[variant]!.push(await measure(variant));
    }
  }
  return results;
}

/** Moving to the other core costs some calls more than what is measured. */
const PINNED = ['taskset', '-c', '1'];

/** What one tracer was loaded with: the cheapest slice, all of them, and what the tracer said at the end. */
export type Sliced = { least: Load; slices: readonly Load[]; records: readonly unknown[] };

/**
 * Short slices of a load under one tracer, on one core. The cheapest is what it costs: what others do on the machine only
 * ever adds. `begin` is called while the tracer looks.
 */
export async function slicedUnder(
  variant: Variant,
  load: { kind: string; rate: number; seconds: number; slices: number },
  begin: () => void = () => {},
): Promise<Sliced> {
  const tracer = await startTracer(variant);
  begin();
  const slices: Load[] = [];
  for (let i = 0; i < load.slices; i++)
    slices.push(await runLoad(load.kind, load.rate, load.seconds, PINNED));
  const { records } = await tracer.stop();
  const least = slices.reduce((cheapest, one) => (one.cpu_ns_each < cheapest.cpu_ns_each ? one : cheapest));
  return { least, slices, records };
}

/** One load under one tracer: what it cost, and what the tracer said at the end. */
export async function loadUnder(variant: Variant, kind: string, rate: number, seconds: number) {
  const tracer = await startTracer(variant);
  const load = await runLoad(kind, rate, seconds);
  return { load, ...(await tracer.stop()) };
}

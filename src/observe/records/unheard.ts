/**
 * TLS connections of which nothing was heard, or not from their beginning: their hello passed in the clear, and no
 * library was seen to use them, or one that was still being looked into.
 */
import type { Cgroup } from '../state/cgroups.ts';
import { type Instance, processKey } from '../state/processes.ts';
import { className } from '../workload/process-class.ts';

/** Of one process, in one segment. Times in µs of the boot clock. */
export type TlsUse = {
  program: string;
  opened: number;
  heard: number;
  /** When its first connections were opened. */
  hellos: number[];
  /** From when to when an executable or library of it was being looked into. */
  waits: { path: string; from: number; to: number | null }[];
};

const MAX_PROCESSES = 1024;
const MAX_TIMES = 16;

/** A client's hello passed. */
export function spokeTls(instance: Instance, at: number): void {
  const use = usageOf(instance);
  if (!use) return;
  use.opened++;
  if (use.hellos.length < MAX_TIMES) use.hellos.push(at);
}

/** What passes through a connection is heard. */
export function heardTls(instance: Instance): void {
  const use = usageOf(instance);
  if (use) use.heard++;
}

export function waitsForTls(instance: Instance, path: string, at: number): void {
  const use = usageOf(instance);
  if (use && use.waits.length < MAX_TIMES) use.waits.push({ path, from: at, to: null });
}

/** It is attached now, for all processes that use it: whoever it was asked for may have gone meanwhile. */
export function attachedTls({ tls }: Cgroup, path: string, at: number): void {
  for (const { waits } of tls.values()) for (const wait of waits) if (wait.path === path) wait.to ??= at;
}

/** How many connections were not heard from their beginning, at most one a connection. */
export function unheardOf({ opened, heard, hellos, waits }: TlsUse): number {
  const early = hellos.filter((hello) =>
    waits.some(({ from, to }) => to !== null && from <= hello && hello < to),
  );
  return Math.max(opened - heard, early.length);
}

function usageOf({ pid, start, cgroup, program }: Instance): TlsUse | undefined {
  const { tls } = cgroup;
  const key = processKey(pid, start);
  const known = tls.get(key);
  if (known || tls.size >= MAX_PROCESSES) return known;
  const name = program ? className(program) : 'unknown';
  const fresh: TlsUse = { program: name, opened: 0, heard: 0, hellos: [], waits: [] };
  tls.set(key, fresh);
  return fresh;
}

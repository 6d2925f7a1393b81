/**
 * First-seen ids and their cumulative counters. A first-seen record is itself one use, so that a stream cut before
 * its first checkpoint still says what happened; the counter, where it comes, replaces that guess.
 */
import type { Signal } from '../../model/kinds.ts';
import type { WireOf } from '../../model/wire.ts';
import { collapseIn, HOST_SCOPE } from './cgroups.ts';
import { notice } from './novelty.ts';
import type { Instance, Origin, Tree } from './processes.ts';
import { attachedAt, blockOf, type Run } from './run.ts';
import { addToRow, addToSession, target as makeTarget, type Target, type Use } from './tallies.ts';
import { currentOrigin, originOf } from './trees.ts';

export type Entry = {
  instance: Instance;
  /** Null: done by the container runtime's init, withheld until the workload itself does it. */
  origin: Origin | null;
  targets: readonly Target[];
  /** The first use failed for lack of permission. */
  refused: boolean;
  /** Cumulative, as far as they were added to rows. */
  count: number;
  bytes: number;
  errors: number;
  /** µs of the boot clock: the latest use that was added. */
  last: number;
};

/** EPERM, EACCES: an attempt, not a use. */
const REFUSALS = new Set([1, 13]);
/** EINPROGRESS, EALREADY, EISCONN, EINTR, EAGAIN: how non-blocking connects answer while all is well. */
const NO_ERRORS = new Set([0, 4, 11, 106, 114, 115]);

export type FirstSeen = { id: string; at: number; errno?: number | undefined };

export function isError(errno: number | undefined): boolean {
  return errno !== undefined && !NO_ERRORS.has(Math.abs(errno));
}

export function firstSeen(
  run: Run,
  instance: Instance,
  record: FirstSeen,
  targets: readonly Target[],
  signal: Signal,
): void {
  if (instance.ignored || run.entries.has(record.id)) return;
  const failed = isError(record.errno);
  const refused = failed && REFUSALS.has(Math.abs(record.errno ?? 0));
  const origin = originOf(run.table, instance);
  const entry: Entry = { instance, origin, targets, refused, count: 0, bytes: 0, errors: 0, last: 0 };
  if (run.entries.size < run.limits.entries) {
    run.entries.set(record.id, entry);
    instance.entries.push(record.id);
  } else collapseIn(instance.cgroup, signal);
  const { at } = record;
  if (origin) advance(run, entry, { count: 1, bytes: 0, errors: failed ? 1 : 0, first: at, last: at });
}

export function counted(run: Run, record: WireOf<'count'>): void {
  const entry = run.entries.get(record.id);
  if (!entry) return;
  const { instance } = entry;
  if (record.last >= instance.image) entry.origin = originOf(run.table, instance);
  if (!entry.origin) return;
  // What is new since the last reading happened after the last use that it told of.
  const since = entry.count === 0 ? record.first : entry.last;
  const bytes = (record.tx ?? 0) + (record.rx ?? 0);
  const first = Math.min(Math.max(since, instance.image), record.last);
  advance(run, entry, { count: record.count, bytes, errors: record.errors, first, last: record.last });
}

/** @param to cumulative; a counter that went down (a map entry evicted and made anew) adds nothing until it passes. */
function advance(run: Run, entry: Entry, to: Omit<Use, 'denied'>): void {
  const count = Math.max(0, to.count - entry.count);
  const bytes = Math.max(0, to.bytes - entry.bytes);
  // A connect may fail long after it was counted as an attempt, so errors can come alone.
  const errors = Math.max(0, Math.min(to.errors, entry.count + count) - entry.errors);
  if (count === 0 && bytes === 0 && errors === 0) return;
  entry.count += count;
  entry.bytes += bytes;
  entry.errors += errors;
  entry.last = Math.max(entry.last, to.last);
  run.events += count;
  const denied = entry.refused ? errors : 0;
  const use = { count, bytes, errors, denied, first: to.first, last: to.last };
  for (const target of entry.targets) tally(run, entry.origin!, target, use);
}

/** Adds uses to the row and the session that they belong to. */
export function tally(run: Run, at: Origin, target: Target, use: Use): void {
  const origin = currentOrigin(at);
  tallyIn(run, origin, target, use, blockOf(run, origin.tree, use.last));
}

export function tallyIn(run: Run, origin: Origin, target: Target, use: Use, block: number): void {
  const { tree } = origin;
  const successes = Math.max(0, use.count - use.errors);
  const did = target.successOnly ? { ...use, count: successes, errors: 0, denied: 0 } : use;
  if (did.count === 0 && did.bytes === 0 && did.errors === 0) return;
  run.table.trees.add(tree);
  const full = origin.rows.size >= run.limits.rows && !origin.rows.has(target.key);
  const fresh = addToRow(origin.rows, full ? underPressure(target) : target, did, block);
  addToSession(tree.sessions, block, target, did);
  if (fresh) notice(run.novelty, scopeOf(tree), target.key, use.last);
}

function scopeOf({ scope, program }: Tree): string {
  return scope === HOST_SCOPE ? `${program?.exe} ${program?.script}` : scope;
}

function underPressure(target: Target): Target {
  return target.cell === null ? target : makeTarget({ ...target, subject: target.cell });
}

/** After exit and one full checkpoint interval the counters are final: the instance and its ids can go. */
export function sweep(run: Run): void {
  const final = run.checkpoints[0];
  for (const [key, instance] of run.table.instances) {
    if (instance.exited === null || instance.exited >= final) continue;
    countInstance(run, instance);
    for (const id of instance.entries) run.entries.delete(id);
    run.table.instances.delete(key);
  }
}

function countInstance(run: Run, instance: Instance): void {
  const origin = instance.entries.length > 0 || instance.tree ? originOf(run.table, instance) : null;
  if (!origin) return;
  const at = currentOrigin(origin);
  run.table.trees.add(at.tree);
  at.ended++;
  for (const { family } of run.header?.families ?? [])
    if (startSeen(run, instance, family)) at.endedSeen.set(family, (at.endedSeen.get(family) ?? 0) + 1);
}

/** Whether that signal's probes were in place before the process began. */
export function startSeen(run: Run, instance: Instance, signal: Signal): boolean {
  const attached = attachedAt(run, signal);
  return attached !== null && instance.startSeen && instance.began >= attached;
}

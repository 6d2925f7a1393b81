/**
 * First-seen ids and their cumulative counters. A first-seen record is itself one use, so that a stream cut before
 * its first checkpoint still says what happened; the counter, where it comes, replaces that guess.
 */
import type { Signal } from '../../model/kinds.ts';
import type { WireOf } from '../../model/wire.ts';
import { createTargets } from '../meaning/targets.ts';
import { collapseIn, HOST_SCOPE } from './cgroups.ts';
import {
  addEntry,
  BYTES,
  COUNT,
  createEntryTable,
  dropEntries,
  type EntryView,
  ERRORS,
  findEntry,
  LAST,
  NO_ENTRY,
  readEntry,
  setOrigin,
} from './entry-table.ts';
import { notice } from './novelty.ts';
import type { Instance, Origin, Tree } from './processes.ts';
import { addToRow, hasRow } from './rows.ts';
import { attachedAt, blockOf, type Run } from './run.ts';
import { addToSession, target as makeTarget, type Target, type Use } from './tallies.ts';
import { currentOrigin, originOf } from './trees.ts';

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
  if (instance.ignored || findEntry(run.entries, record.id) !== NO_ENTRY) return;
  const failed = isError(record.errno);
  const refused = failed && REFUSALS.has(Math.abs(record.errno ?? 0));
  const origin = originOf(run.table, instance);
  const fields = { instance, origin, targets, refused };
  const full = run.entries.size >= run.limits.entries;
  if (full) collapseIn(instance.cgroup, signal);
  if (full && !origin) return;
  const view = full ? uncounted(fields) : readEntry(run.entries, addEntry(run.entries, record.id, fields));
  const { at } = record;
  if (origin) advance(run, view, origin, { count: 1, bytes: 0, errors: failed ? 1 : 0, first: at, last: at });
}

/** Of what there is no room for, only this one use is told. */
function uncounted(fields: Omit<EntryView, 'numbers' | 'at'>): EntryView {
  return { ...fields, numbers: new Float64Array(4), at: 0 };
}

export function counted(run: Run, record: WireOf<'count'>): void {
  const entry = findEntry(run.entries, record.id);
  if (entry === NO_ENTRY) return;
  const view = readEntry(run.entries, entry);
  const { instance, numbers, at } = view;
  const origin = record.last >= instance.image ? originOf(run.table, instance) : view.origin;
  if (origin !== view.origin) setOrigin(run.entries, entry, origin);
  if (!origin) return;
  // What is new since the last reading happened after the last use that it told of.
  const since = numbers[at + COUNT] === 0 ? record.first : numbers[at + LAST]!;
  const bytes = (record.tx ?? 0) + (record.rx ?? 0);
  const first = Math.min(Math.max(since, instance.image), record.last);
  const to = { count: record.count, bytes, errors: record.errors, first, last: record.last };
  advance(run, view, origin, to);
}

/** @param to cumulative; a counter that went down (a map entry evicted and made anew) adds nothing until it passes. */
function advance(run: Run, entry: EntryView, origin: Origin, to: Omit<Use, 'denied'>): void {
  const { numbers, at, targets, refused } = entry;
  const count = Math.max(0, to.count - numbers[at + COUNT]!);
  const bytes = Math.max(0, to.bytes - numbers[at + BYTES]!);
  // A connect may fail long after it was counted as an attempt, so errors can come alone.
  const counted = numbers[at + COUNT]! + count;
  const errors = Math.max(0, Math.min(to.errors, counted) - numbers[at + ERRORS]!);
  if (count === 0 && bytes === 0 && errors === 0) return;
  numbers[at + COUNT] = counted;
  numbers[at + BYTES]! += bytes;
  numbers[at + ERRORS]! += errors;
  numbers[at + LAST] = Math.max(numbers[at + LAST]!, to.last);
  run.events += count;
  const denied = refused ? errors : 0;
  const use = { count, bytes, errors, denied, first: to.first, last: to.last };
  for (const target of targets) tally(run, origin, target, use);
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
  const full = origin.rows.targets.length >= run.limits.rows && !hasRow(origin.rows, target);
  const fresh = addToRow(origin.rows, full ? underPressure(target) : target, did, block);
  addToSession(tree.sessions, block, target, did);
  if (fresh) notice(run.novelty, scopeOf(tree), target, use.last);
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
    dropEntries(run.entries, instance);
    run.table.instances.delete(key);
  }
}

/** No more counts will come, and what they would be added to needs the room. */
export function forgetEntries(run: Run): void {
  for (const instance of run.table.instances.values()) instance.entry = NO_ENTRY;
  run.entries = createEntryTable();
  run.targets = createTargets();
}

function countInstance(run: Run, instance: Instance): void {
  const origin = instance.entry !== NO_ENTRY || instance.tree ? originOf(run.table, instance) : null;
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

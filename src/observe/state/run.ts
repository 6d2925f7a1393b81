/** All that a fold remembers between two records. */
import type { Signal } from '../../model/kinds.ts';
import type { Peer } from '../../model/snapshot.ts';
import type { WireCost, WireHeader } from '../../model/wire.ts';
import type { Dialled } from '../meaning/egress.ts';
import type { SessionRef } from '../meaning/said.ts';
import { createTargets, type TargetCache } from '../meaning/targets.ts';
import type { FlowState } from '../streams/flows.ts';
import type { Names } from '../streams/names.ts';
import { createStdio, type Stdio } from '../streams/stdio.ts';
import type { StreamTable } from '../streams/table.ts';
import { DEFAULT_LIMITS, type FoldOptions, type Limits } from '../types.ts';
import { WIRE_LIMITS, type WireLimits } from '../wire/limits.ts';
import { type Cgroup, createCgroup } from './cgroups.ts';
import { type RunClock, startClock } from './clock.ts';
import { createEntryTable, type EntryTable } from './entry-table.ts';
import { coversAll } from './families.ts';
import { createKeyedHash, type KeyedHash } from './keyed-hash.ts';
import { createNovelty, type Novelty } from './novelty.ts';
import type { Instance, ProcessTable, Remains, Tree } from './processes.ts';
import { createWants, type Wants } from './wants.ts';

export type Run = {
  options: FoldOptions;
  limits: Limits;
  header: WireHeader | null;
  clock: RunClock;
  cgroups: Map<string, Cgroup>;
  table: ProcessTable;
  /** Sums of ended trees, by cgroup and workload. */
  remains: Map<string, Tree & { remains: Remains }>;
  entries: EntryTable;
  targets: TargetCache;
  /** By subject. Kept beyond the segment: a connection that stays in use is not dialled again. */
  peers: Map<string, Peer>;
  /** By subject, how those of them were dialled that nobody knows yet. */
  unresolved: Map<string, Dialled>;
  wants: Wants;
  novelty: Novelty;
  sequence: number;
  /** Where the open segment began, µs of the boot clock. */
  segmentStart: number;
  /** Boot-clock times of the last two checkpoints: counters of what ended before the older one are final. */
  checkpoints: [older: number, newer: number];
  cost: WireCost | null;
  costBase: WireCost | null;
  ended: 'stop' | 'signal' | 'eof' | 'now' | 'error' | null;
  records: number;
  events: number;
  /** Why and since when (µs of the boot clock) a family is not listened to any more. */
  shed: Map<Signal, { why: string; at: number }>;
  /** Of all decoders, with what they may hold together. */
  wire: WireLimits;
  streams: StreamTable;
  /** Ids of streams of which nothing more is of use. */
  unwanted: string[];
  stdio: Stdio;
  names: Names;
  /** What readers keep of one process tree, by their names for it. */
  kept: WeakMap<Tree, Map<string, unknown>>;
  /** Of processes that talk to models and tools: what led to what. */
  flows: WeakMap<Instance, FlowState>;
  hash: KeyedHash;
  /** Keyed hashes of the sessions that protocols name, and the block that stands for each: -2 and below. */
  named: { hashes: string[]; blocks: Map<string, number> };
};

/** Bytes of messages that are not whole yet, over all connections. */
const MAX_HELD = 64 << 20;

export function createRun(options: FoldOptions): Run {
  const clock = startClock({ boot_us: 0, wall_us: 0 });
  return {
    options,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    header: null,
    clock,
    cgroups: new Map(),
    table: { instances: new Map(), trees: new Set(), roots: options.roots ?? new Set() },
    remains: new Map(),
    entries: createEntryTable(),
    targets: createTargets(),
    peers: new Map(),
    unresolved: new Map(),
    wants: createWants(),
    novelty: createNovelty(),
    sequence: options.sequence ?? 0,
    segmentStart: 0,
    checkpoints: [-1, -1],
    cost: null,
    costBase: null,
    ended: null,
    records: 0,
    events: 0,
    shed: new Map(),
    wire: { ...WIRE_LIMITS, pool: { left: MAX_HELD } },
    streams: new Map(),
    unwanted: [],
    stdio: createStdio(),
    names: new Map(),
    kept: new WeakMap(),
    flows: new WeakMap(),
    hash: createKeyedHash(options.fingerprintKey),
    named: { hashes: [], blocks: new Map() },
  };
}

export function begin(run: Run, header: WireHeader): void {
  if (run.header) return;
  run.header = header;
  const now = run.clock.now;
  run.clock = startClock(header.clock);
  run.clock.now = Math.max(now, header.clock.boot_us);
  run.segmentStart = header.clock.boot_us;
}

export function cgroupOf(run: Run, id: string, at: number): Cgroup {
  let cgroup = run.cgroups.get(id);
  if (!cgroup) {
    cgroup = createCgroup(id, '', at);
    run.cgroups.set(id, cgroup);
  }
  return cgroup;
}

/** µs of the boot clock at which the signal's probes were in place; null: they, or some that count, are not. */
export function attachedAt(run: Run, signal: Signal): number | null {
  const family = run.header?.families.find((one) => one.family === signal);
  return family && coversAll(family) ? (family.attached_us ?? null) : null;
}

const BLOCK_MS = 15 * 60 * 1000;
/** The block in which a tree's first fifteen minutes are counted, whole. */
export const STARTUP_BLOCK = -1;
const FIRST_NAMED = -2;

/**
 * The unit of Gap 3 (design/domain): one run of a process tree where it is shorter than fifteen minutes; what lives
 * longer serves many requests at once and is cut into blocks on the epoch's quarter hours (by the clock that the run
 * began with), after a first session for its start-up. A quarter hour without activity makes no session, which is the cut by idle time.
 */
export function blockOf(run: Run, tree: Tree, at: number): number {
  if (at - tree.began < BLOCK_MS * 1000) return STARTUP_BLOCK;
  return Math.max(0, Math.floor((at + run.clock.grid) / 1000 / BLOCK_MS));
}

const MAX_NAMED = 200_000;

/** The block of a session that a protocol names; null where there are too many: then time cuts it. */
export function namedSession(run: Run, { scheme, id }: SessionRef): number | null {
  const hash = run.hash(`${scheme}\0${id}`);
  const { hashes, blocks } = run.named;
  const known = blocks.get(hash);
  if (known !== undefined) return known;
  if (hashes.length >= MAX_NAMED) return null;
  const block = FIRST_NAMED - hashes.length;
  hashes.push(hash);
  blocks.set(hash, block);
  return block;
}

export function isNamedBlock(block: number): boolean {
  return block <= FIRST_NAMED;
}

/** Keyed hash over what names a process on this machine for good, so that segments (and restarts) join. */
export function sessionId(run: Run, tree: Tree, block: number): string {
  if (isNamedBlock(block)) return run.named.hashes[FIRST_NAMED - block]!;
  return run.hash(`${run.header?.boot_id ?? ''}\0${tree.pid}\0${tree.start}\0${block}`);
}

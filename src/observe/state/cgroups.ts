/** The cgroups of a run: what they are, how long they existed, and what the sensor says it covered of them. */

import { SIGNALS, type Signal } from '../../model/kinds.ts';
import type { WireOf } from '../../model/wire.ts';
import { createInventory, type Inventory } from '../meaning/inventory.ts';
import type { Residency } from '../meaning/residency.ts';
import type { TlsUse } from '../records/unheard.ts';
import type { Unread } from '../records/unread.ts';
import type { CgroupRef, WorkloadInfo } from '../types.ts';
import { parseCgroupPath } from '../workload/cgroup-path.ts';

export const COVER_FIELDS = ['attempted', 'delivered', 'lost', 'truncated', 'collapsed'] as const;
export type Cover = Record<(typeof COVER_FIELDS)[number], number>;

export type Cgroup = CgroupRef & {
  /** Processes of one scope can form one tree: a container with its nested cgroups, a unit, or the bare host. */
  scope: string;
  info: WorkloadInfo | null;
  /** Earliest time at which it is known to have existed, µs; a process in it may be older than its record. */
  since: number;
  /** From when on the sensor watched it, µs. */
  watched: number;
  gone: number | null;
  /** Cumulative, by the sensor. */
  cover: Map<Signal, Cover>;
  /** The same when the previous segment closed. */
  coverBase: Map<Signal, Cover>;
  /** What this program could not tell apart, in this segment. */
  collapsed: Map<Signal, number>;
  inventory: Inventory;
  residencies: Residency[];
  /** Executables and libraries that were looked into for TLS, by path. */
  images: Map<string, WireOf<'image'>>;
  /** Of these, what a process that used them had ended before they could be looked into, in this segment. */
  tooSoon: Set<string>;
  /** What its processes open of TLS connections, and how much of it is heard, by process, in this segment. */
  tls: Map<string, TlsUse>;
  /** What of its connections was not read, in this segment. */
  unread: Map<string, Unread>;
};

export const HOST_SCOPE = 'host';

export function noCover(): Cover {
  return { attempted: 0, delivered: 0, lost: 0, truncated: 0, collapsed: 0 };
}

function scopeOf({ parsed, id, path }: CgroupRef): string {
  if (parsed.containerId !== null) return `container:${parsed.containerId}`;
  if (parsed.podUid !== null) return `pod:${parsed.podUid}`;
  if (parsed.unit !== null) return `unit:${parsed.unit}`;
  return path === '' ? `cgroup:${id}` : HOST_SCOPE;
}

/** @param path '' for an id that the stream never named. */
export function createCgroup(id: string, path: string, at: number): Cgroup {
  const ref = { id, path, parsed: parseCgroupPath(path) };
  return {
    ...ref,
    scope: scopeOf(ref),
    info: null,
    since: at,
    watched: at,
    gone: null,
    cover: new Map(),
    coverBase: new Map(),
    collapsed: new Map(),
    inventory: createInventory(),
    residencies: [],
    images: new Map(),
    tooSoon: new Set(),
    tls: new Map(),
    unread: new Map(),
  };
}

/** The record may come after the first use of its id: the path is then learned late, nothing else changes. */
export function nameCgroup(cgroup: Cgroup, path: string): void {
  if (cgroup.path !== '') return;
  cgroup.path = path;
  cgroup.parsed = parseCgroupPath(path);
  cgroup.scope = scopeOf(cgroup);
}

export function coverCgroup(cgroup: Cgroup, record: WireOf<'coverage'>): void {
  const cover = cgroup.cover.get(record.signal) ?? noCover();
  for (const field of COVER_FIELDS) cover[field] = Math.max(cover[field], record[field]);
  cgroup.cover.set(record.signal, cover);
}

export function collapseIn(cgroup: Cgroup, signal: Signal): void {
  cgroup.collapsed.set(signal, (cgroup.collapsed.get(signal) ?? 0) + 1);
}

/** What was added since the previous segment closed. */
export function coverDelta(cgroup: Cgroup, signal: Signal): Cover {
  const now = cgroup.cover.get(signal) ?? noCover();
  const base = cgroup.coverBase.get(signal) ?? noCover();
  const delta = noCover();
  for (const field of COVER_FIELDS) delta[field] = now[field] - base[field];
  delta.collapsed += cgroup.collapsed.get(signal) ?? 0;
  return delta;
}

export function rollCover(cgroup: Cgroup): void {
  for (const signal of SIGNALS) {
    const cover = cgroup.cover.get(signal);
    if (cover) cgroup.coverBase.set(signal, { ...cover });
  }
  cgroup.collapsed.clear();
  cgroup.tooSoon.clear();
  cgroup.tls.clear();
  cgroup.unread.clear();
}

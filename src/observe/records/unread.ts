/** Connections that came, and of which not all was read: absence of what they may have said proves nothing. */
import type { Signal } from '../../model/kinds.ts';
import type { Cgroup } from '../state/cgroups.ts';
import type { Instance } from '../state/processes.ts';
import { className } from '../workload/process-class.ts';

const WHY = {
  strange: 'connections of which nothing could be made',
  evicted: 'connections given up in the middle, for there were too many or they were idle for too long',
  forgotten: 'open connections forgotten, for there were too many',
} as const;

export type Why = keyof typeof WHY;

/** In one segment, by reason. */
export type Unread = { signal: Signal; why: Why; program: string; connections: number };

const MAX_UNREAD = 256;
const MAX_NAMED = 8;

export function leftUnread({ cgroup, program }: Instance, signal: Signal, why: Why): void {
  const name = program ? className(program) : 'unknown';
  const key = `${signal}\0${why}\0${name}`;
  const known = cgroup.unread.get(key);
  if (known) known.connections++;
  else if (cgroup.unread.size < MAX_UNREAD)
    cgroup.unread.set(key, { signal, why, program: name, connections: 1 });
}

/** For the coverage of a signal: `connections …: node (3), python (1)`; empty: all was read. */
export function unreadTexts(cgroups: Iterable<Cgroup>, signal: Signal): string[] {
  const counts = new Map<Why, Map<string, number>>();
  for (const { unread } of cgroups)
    for (const one of unread.values()) {
      if (one.signal !== signal) continue;
      const programs = counts.get(one.why) ?? new Map<string, number>();
      counts.set(one.why, programs.set(one.program, (programs.get(one.program) ?? 0) + one.connections));
    }
  return [...counts].map(([why, programs]) => `${WHY[why]}: ${listed(programs)}`).sort();
}

function listed(programs: ReadonlyMap<string, number>): string {
  const all = [...programs].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const more = all.length > MAX_NAMED ? ` and ${all.length - MAX_NAMED} more programs` : '';
  const named = all.slice(0, MAX_NAMED).map(([program, connections]) => `${program} (${connections})`);
  return `${named.join(', ')}${more}`;
}

/** What only the sensor can read for us: asked once per cgroup and path, answered later or never. */
import type { Want } from '../types.ts';
import type { Cgroup } from './cgroups.ts';
import type { Instance } from './processes.ts';

export type Asked = { cgroup: Cgroup; want: Want };
export type Wants = {
  next: number;
  /** Not yet handed out. */
  open: Want[];
  /** Handed out or open, by id. */
  asked: Map<number, Asked>;
  /** Per cgroup: what was asked for already. */
  known: WeakMap<Cgroup, Set<string>>;
};

const READ_MAX = 1024 * 1024;

export function createWants(): Wants {
  return { next: 1, open: [], asked: new Map(), known: new WeakMap() };
}

/**
 * @param limit how much may be asked for in one cgroup, so that a hostile tree of packages cannot keep us reading.
 * @returns whether it was not asked for already.
 */
export function ask(
  wants: Wants,
  cgroup: Cgroup,
  process: Pick<Instance, 'pid' | 'start'>,
  op: Want['op'],
  path: string,
  limit: number,
): boolean {
  const known = wants.known.get(cgroup) ?? new Set<string>();
  wants.known.set(cgroup, known);
  const key = `${op} ${path}`;
  if (known.has(key) || known.size >= limit) return false;
  known.add(key);
  const { pid, start } = process;
  const want: Want = { id: wants.next++, op, cgroup: cgroup.id, pid, start, path, max: READ_MAX };
  wants.open.push(want);
  wants.asked.set(want.id, { cgroup, want });
  return true;
}

/** The process went before it could be looked into: the next one that uses the same may be asked. */
export function retract(wants: Wants, { cgroup, want }: Asked): void {
  wants.known.get(cgroup)?.delete(`${want.op} ${want.path}`);
}

/** Answered by a record of its own. */
export function settle(wants: Wants, id: number): Asked | undefined {
  const asked = wants.asked.get(id);
  wants.asked.delete(id);
  return asked;
}

export function takeWants(wants: Wants): Want[] {
  return wants.open.splice(0);
}

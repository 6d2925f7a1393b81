/** Folds subjects into templates where a workload has more of them than the limit; pinned ones stay. */
import { compareText } from './dictionary.ts';

/** One step up; null at the top. */
export type Generalize = (subject: string) => string | null;

/** `r:/a/b/c` → `r:/a/b/**` → `r:/a/**` → `r:/**`; the same without an access mode. */
export function parentPath(subject: string): string | null {
  const start = /^(?:r|w|rw|x):/.exec(subject)?.[0].length ?? 0;
  const path = subject.slice(start).replace(/\/\*\*$/, '');
  const slash = path.lastIndexOf('/');
  if (slash < 0) return null;
  return `${subject.slice(0, start)}${path.slice(0, slash)}/**`;
}

/** `GET host/a/b` → `GET host/a/**` → `GET host/**` → `GET **`. */
export function parentEndpoint(subject: string): string | null {
  const [, method, place] = /^(\S+) (.+)$/s.exec(subject) ?? [];
  if (method === undefined || place === undefined || place === '**') return null;
  const path = place.replace(/\/\*\*$/, '');
  const slash = path.lastIndexOf('/');
  return slash < 0 ? `${method} **` : `${method} ${path.slice(0, slash)}/**`;
}

const EGRESS = /^(tcp|udp)\/(\[[^\]]+\](?:\/\d+)?|[^:[\]]+):(\d+|\*)$/;

/** Address → /24 → /16 (IPv6: /64 → /48) → any port there → any address. */
export function parentPeer(subject: string): string | null {
  const match = EGRESS.exec(subject);
  if (!match) return null;
  const [, protocol, address, port] = match as unknown as [string, string, string, string];
  if (address === '*') return null;
  const wider = address.startsWith('[') ? widerIpv6(address) : widerIpv4(address);
  if (wider !== null) return `${protocol}/${wider}:${port}`;
  return port === '*' ? `${protocol}/*:*` : `${protocol}/${address}:*`;
}

function widerIpv4(address: string): string | null {
  const [ip = '', bits] = address.split('/');
  const parts = ip.split('.');
  if (bits === undefined) return `${parts.slice(0, 3).join('.')}.0/24`;
  return bits === '24' ? `${parts.slice(0, 2).join('.')}.0.0/16` : null;
}

function widerIpv6(address: string): string | null {
  const [ip = '', bits] = address.slice(1).split(/\]\/?/);
  if (bits === '48') return null;
  const groups = expandIpv6(ip);
  const keep = bits === '' || bits === undefined ? 4 : 3;
  return `[${groups.slice(0, keep).join(':')}::]/${keep * 16}`;
}

function expandIpv6(ip: string): string[] {
  const [head = '', tail] = ip.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(gap).fill('0'), ...right].map((group) => group.replace(/^0+(?=.)/, ''));
}

export type Folded = {
  /** Subject → what it became; subjects that stayed are absent. */
  names: Map<string, string>;
  subjects: number;
  templates: number;
};

/**
 * Folds the fullest groups first, round by round, until no more than `limit` names are left. Deterministic in the
 * set of subjects, whatever their order. @returns null where nothing had to be folded.
 */
export function foldSubjects(
  subjects: readonly string[],
  limit: number,
  generalize: Generalize,
  pinned: (subject: string) => boolean,
): Folded | null {
  if (subjects.length <= limit) return null;
  const members = new Map(subjects.map((subject) => [subject, [subject]]));
  const fixed = new Set(subjects.filter(pinned));
  while (members.size > limit && foldRound(members, fixed, limit, generalize)) {}
  const names = new Map<string, string>();
  for (const [name, list] of members)
    for (const subject of list) if (subject !== name) names.set(subject, name);
  return { names, subjects: names.size, templates: new Set(names.values()).size };
}

/** @returns whether anything changed. */
function foldRound(
  members: Map<string, string[]>,
  fixed: ReadonlySet<string>,
  limit: number,
  generalize: Generalize,
): boolean {
  const groups = new Map<string, string[]>();
  for (const name of members.keys()) {
    const parent = fixed.has(name) ? null : generalize(name);
    if (parent === null || parent === name) continue;
    const group = groups.get(parent);
    if (group) group.push(name);
    else groups.set(parent, [name]);
  }
  const order = [...groups].sort(
    ([a, x], [b, y]) => y.length - x.length || b.length - a.length || compareText(a, b),
  );
  const useful = order.filter(([parent, group]) => group.length > 1 || members.has(parent));
  // Where every group is of one, all of them go a step up, so that the next round finds company.
  for (const [parent, group] of useful.length > 0 ? useful : order) {
    if (members.size <= limit) break;
    const list = group.flatMap((name) => take(members, name));
    members.set(parent, [...(members.get(parent) ?? []), ...list]);
  }
  return order.length > 0;
}

function take(members: Map<string, string[]>, name: string): string[] {
  const list = members.get(name) ?? [];
  members.delete(name);
  return list;
}

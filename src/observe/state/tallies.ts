/** Counting cells: what is counted, and by session. Rows: state/rows.ts. */
import type { Kind } from '../../model/kinds.ts';
import type { ArtifactUse } from '../meaning/artifact-use.ts';

/** What a record is a use of. Shared between processes where it can be: a path is held once. */
export type Target = {
  kind: Kind;
  subject: string;
  context: string | null;
  /** The identity under which, where the record tells; null: the workload's own. */
  principal: string | null;
  source: string;
  /** Subject in sessions, comparable across windows: template level for files. Null: not part of sessions. */
  cell: string | null;
  /** Artifacts: a failed open loads nothing, so only successes count. */
  successOnly: boolean;
  artifact: ArtifactUse | null;
};

export function target(fields: Pick<Target, 'kind' | 'subject' | 'source'> & Partial<Target>): Target {
  const { kind, subject, source, context = null, principal = null, cell = null } = fields;
  const { successOnly = false, artifact = null } = fields;
  return {
    kind,
    subject: subject.slice(0, 4096),
    source,
    context,
    principal,
    cell: cell === null ? null : cell.slice(0, 4096),
    successOnly,
    artifact,
  };
}

/** What rows are looked up by: subject, context and principal, which is the subject alone for nearly all. */
export function keyOf({ subject, context, principal }: Target): string {
  return context === null && principal === null ? subject : `${subject}\0${context}\0${principal}`;
}

/** Of one row. */
export function sameTarget(a: Target, b: Target): boolean {
  if (a === b) return true;
  return (
    a.subject === b.subject &&
    a.kind === b.kind &&
    a.source === b.source &&
    a.context === b.context &&
    a.principal === b.principal
  );
}

/** Times are µs of the boot clock. */
export type Use = {
  count: number;
  bytes: number;
  /** Rows, hits, objects, tools that came back. */
  records?: number;
  errors: number;
  denied: number;
  first: number;
  last: number;
};

export function addUse(into: Use, use: Use): void {
  into.count += use.count;
  into.bytes += use.bytes;
  if (use.records) into.records = (into.records ?? 0) + use.records;
  into.errors += use.errors;
  into.denied += use.denied;
  into.first = Math.min(into.first, use.first);
  into.last = Math.max(into.last, use.last);
}

/** How often, by kind and cell. */
export type Cells = Map<Kind, Map<string, number>>;

export type SessionTally = {
  start: number;
  end: number;
  cells: Cells;
  overflow: boolean;
};

/** Cells above this are not even counted while the segment is open; the kept ones are chosen at its close. */
const OPEN_CELLS = 1024;

export function cellCount(cells: Cells): number {
  let count = 0;
  for (const { size } of cells.values()) count += size;
  return count;
}

function addToCell(cells: Cells, kind: Kind, cell: string, count: number): void {
  let ofKind = cells.get(kind);
  if (!ofKind) {
    ofKind = new Map();
    cells.set(kind, ofKind);
  }
  ofKind.set(cell, (ofKind.get(cell) ?? 0) + count);
}

export function addToSession(
  sessions: Map<number, SessionTally>,
  block: number,
  { kind, cell }: Target,
  use: Use,
): void {
  let session = sessions.get(block);
  if (!session) {
    session = { start: use.first, end: use.last, cells: new Map(), overflow: false };
    sessions.set(block, session);
  }
  session.start = Math.min(session.start, use.first);
  session.end = Math.max(session.end, use.last);
  // Bytes of, or the failure of, what an earlier use counted.
  if (cell === null || use.count === 0) return;
  const fresh = !session.cells.get(kind)?.has(cell);
  if (fresh && cellCount(session.cells) >= OPEN_CELLS) session.overflow = true;
  else addToCell(session.cells, kind, cell, use.count);
}

export function mergeSession(into: SessionTally, from: SessionTally): void {
  into.start = Math.min(into.start, from.start);
  into.end = Math.max(into.end, from.end);
  into.overflow ||= from.overflow;
  for (const [kind, cells] of from.cells)
    for (const [cell, count] of cells) addToCell(into.cells, kind, cell, count);
}

export function copySession(session: SessionTally): SessionTally {
  const cells = new Map([...session.cells].map(([kind, counts]) => [kind, new Map(counts)]));
  return { ...session, cells };
}

export function mergeSessions(into: Map<number, SessionTally>, from: Map<number, SessionTally>): void {
  for (const [block, tally] of from) {
    const own = into.get(block);
    if (own) mergeSession(own, tally);
    else into.set(block, copySession(tally));
  }
}

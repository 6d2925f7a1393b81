/** Counting cells: what one process class of one cgroup did, by subject, until the segment closes. */
import type { Kind } from '../../model/kinds.ts';
import type { ArtifactUse } from '../meaning/artifact-use.ts';

/** What a record is a use of. Interned, so that a path is held once however many processes use it. */
export type Target = {
  kind: Kind;
  subject: string;
  context: string | null;
  /** The identity under which, where the record tells; null: the workload's own. */
  principal: string | null;
  source: string;
  /** Row key: kind, subject, context, principal and source. */
  key: string;
  /** Subject in sessions, comparable across windows: template level for files. Null: not part of sessions. */
  cell: string | null;
  /** Kind, NUL and cell. */
  cellKey: string;
  /** Artifacts: a failed open loads nothing, so only successes count. */
  successOnly: boolean;
  artifact: ArtifactUse | null;
};

export function target(
  fields: Pick<Target, 'kind' | 'subject' | 'source'> & Partial<Omit<Target, 'key' | 'cellKey'>>,
): Target {
  const { kind, subject, source, context = null, principal = null, cell = null } = fields;
  const { successOnly = false, artifact = null } = fields;
  const clipped = subject.slice(0, 4096);
  return {
    kind,
    subject: clipped,
    source,
    context,
    principal,
    cell: cell === null ? null : cell.slice(0, 4096),
    successOnly,
    artifact,
    cellKey: `${kind}\0${cell?.slice(0, 4096) ?? ''}`,
    key: `${kind}\0${clipped}\0${context ?? ''}\0${principal ?? ''}\0${source}`,
  };
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

export type Row = Use & {
  target: Target;
  /** Session blocks of this tree, and how many sessions there were of trees that ended. */
  blocks: Set<number>;
  pastSessions: number;
};
export type Rows = Map<string, Row>;

export type SessionTally = {
  start: number;
  end: number;
  /** Cell key (kind, NUL, subject) → count. */
  cells: Map<string, number>;
  overflow: boolean;
};

export function addToRow(rows: Rows, target: Target, use: Use, block: number): boolean {
  const row = rows.get(target.key);
  if (!row) {
    rows.set(target.key, { ...use, target, blocks: new Set([block]), pastSessions: 0 });
    return true;
  }
  addUse(row, use);
  row.blocks.add(block);
  return false;
}

export function addUse(into: Use, use: Use): void {
  into.count += use.count;
  into.bytes += use.bytes;
  if (use.records) into.records = (into.records ?? 0) + use.records;
  into.errors += use.errors;
  into.denied += use.denied;
  into.first = Math.min(into.first, use.first);
  into.last = Math.max(into.last, use.last);
}

/** Cells above this are not even counted while the segment is open; the kept ones are chosen at its close. */
const OPEN_CELLS = 1024;

export function addToSession(
  sessions: Map<number, SessionTally>,
  block: number,
  target: Target,
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
  if (target.cell === null || use.count === 0) return;
  const count = session.cells.get(target.cellKey);
  if (count === undefined && session.cells.size >= OPEN_CELLS) session.overflow = true;
  else session.cells.set(target.cellKey, (count ?? 0) + use.count);
}

export function mergeRows(into: Rows, from: Rows): void {
  for (const row of from.values()) {
    const own = into.get(row.target.key);
    if (!own) into.set(row.target.key, { ...row, blocks: new Set(row.blocks) });
    else {
      addUse(own, row);
      own.pastSessions += row.pastSessions;
      for (const block of row.blocks) own.blocks.add(block);
    }
  }
}

export function mergeSession(into: SessionTally, from: SessionTally): void {
  into.start = Math.min(into.start, from.start);
  into.end = Math.max(into.end, from.end);
  into.overflow ||= from.overflow;
  for (const [cell, count] of from.cells) into.cells.set(cell, (into.cells.get(cell) ?? 0) + count);
}

export function mergeSessions(into: Map<number, SessionTally>, from: Map<number, SessionTally>): void {
  for (const [block, tally] of from) {
    const own = into.get(block);
    if (own) mergeSession(own, tally);
    else into.set(block, { ...tally, cells: new Map(tally.cells) });
  }
}

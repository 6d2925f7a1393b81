/** The observation rows of one workload: packages named, classes joined, subjects folded. */
import type { Kind } from '../../model/kinds.ts';
import { type Named, nameArtifact } from '../meaning/naming.ts';
import { isPinned } from '../meaning/paths.ts';
import type { Tree } from '../state/processes.ts';
import { eachRow, type Row } from '../state/rows.ts';
import type { Run } from '../state/run.ts';
import { addUse, type Use } from '../state/tallies.ts';
import { compareText } from './dictionary.ts';
import { foldSubjects, type Generalize, parentEndpoint, parentPath, parentPeer } from './templates.ts';
import type { Member, Work } from './workloads.ts';

export type OutRow = Use & {
  workload: number;
  container: string | null;
  process: string;
  principal: string | null;
  kind: Kind;
  subject: string;
  context: string | null;
  source: string;
  /** Session blocks of a tree, and of others that were joined with it: their number is what is written. */
  tree: Tree;
  blocks: readonly number[];
  more: { tree: Tree; blocks: readonly number[] }[] | null;
  pastSessions: number;
};

export type WorkRows = {
  rows: OutRow[];
  named: Named[];
  folded: { workload: number; kind: Kind; subjects: number; templates: number }[];
};

const FOLDABLE: Partial<Record<Kind, Generalize>> = {
  'file-access': parentPath,
  process: parentPath,
  egress: parentPeer,
  'http-endpoint': parentEndpoint,
};

export function workRows(run: Run, work: Work): WorkRows {
  const named: Named[] = [];
  const rows: OutRow[] = [];
  for (const member of work.members)
    for (const row of eachRow(member.origin.rows)) addOutRows(rows, work, member, row, named);
  const folded = fold(run, work, rows, named);
  return { rows: mergeEqual(rows), named, folded };
}

function addOutRows(rows: OutRow[], work: Work, member: Member, row: Row, named: Named[]): void {
  const { kind, subject, artifact } = row.target;
  if (artifact === null) {
    rows.push(outRow(work, member, row, kind, subject));
    return;
  }
  for (const name of nameArtifact(artifact, member.origin.cgroup.inventory)) {
    named.push(name);
    rows.push(outRow(work, member, row, name.kind, name.subject));
  }
}

/** Field by field: there may be hundreds of thousands, and what is spread takes five times the room. */
function outRow(work: Work, { origin, info }: Member, row: Row, kind: Kind, subject: string): OutRow {
  const { target } = row;
  return {
    workload: work.index,
    container: info.container,
    process: origin.className,
    principal: target.principal ?? info.principal,
    kind,
    subject: subject.slice(0, 4096),
    context: target.context,
    source: target.source,
    count: row.count,
    bytes: row.bytes,
    records: row.records,
    errors: row.errors,
    denied: row.denied,
    first: row.first,
    last: row.last,
    tree: origin.tree,
    blocks: row.blocks,
    more: null,
    pastSessions: row.pastSessions,
  };
}

function fold(run: Run, work: Work, rows: OutRow[], named: readonly Named[]): WorkRows['folded'] {
  if (rows.length <= run.limits.subjects) return [];
  const models = new Set(
    named.filter(({ kind }) => kind === 'model' || kind === 'adapter').map(({ path }) => path),
  );
  const prefixes = run.options.pinnedPrefixes?.(work.id) ?? [];
  const pinned = (subject: string): boolean => {
    const path = subject.slice(subject.indexOf('/'));
    return models.has(path) || isPinned(path, prefixes);
  };
  const folded: WorkRows['folded'] = [];
  for (const [kind, generalize] of Object.entries(FOLDABLE) as [Kind, Generalize][]) {
    const subjects = subjectsOf(rows, kind);
    if (subjects.size <= run.limits.subjects) continue;
    const result = foldSubjects([...subjects].sort(compareText), run.limits.subjects, generalize, pinned);
    if (!result) continue;
    for (const row of rows) if (row.kind === kind) row.subject = result.names.get(row.subject) ?? row.subject;
    folded.push({ workload: work.index, kind, subjects: result.subjects, templates: result.templates });
  }
  return folded;
}

function subjectsOf(rows: readonly OutRow[], kind: Kind): Set<string> {
  const subjects = new Set<string>();
  for (const row of rows) if (row.kind === kind) subjects.add(row.subject);
  return subjects;
}

const SORT_COLUMNS = ['container', 'process', 'principal', 'kind', 'subject', 'context', 'source'] as const;

function compareRows(a: OutRow, b: OutRow): number {
  for (const column of SORT_COLUMNS) {
    const order = compareText(a[column] ?? '', b[column] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

/** Takes the list, and sorts it in its place. */
function mergeEqual(rows: OutRow[]): OutRow[] {
  rows.sort(compareRows);
  let kept = 0;
  for (const row of rows) {
    const last = rows[kept - 1];
    if (last && compareRows(last, row) === 0) addRow(last, row);
    else rows[kept++] = row;
  }
  rows.length = kept;
  return rows;
}

function addRow(into: OutRow, { tree, blocks, ...row }: OutRow): void {
  addUse(into, row);
  into.pastSessions += row.pastSessions;
  into.more ??= [];
  into.more.push({ tree, blocks });
}

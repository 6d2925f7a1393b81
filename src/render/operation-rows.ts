/** Rows of `--show operation` as a reader wants them: what repeats itself is said once, or not at all. */
import type { OperationRow } from '../model/report.ts';

export type Rows = readonly OperationRow[];

/** A row with the counts of its subject; `folded`: rows that this one speaks for. */
export type Line = { row: OperationRow; total: number; first: boolean; folded: number };

const before = (a: OperationRow, b: OperationRow) =>
  b.count - a.count || (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0);

/** Most frequent first. Sums and words are of a subject: of its rows only the first has them to say. */
export function linesOf(rows: Rows): Line[] {
  const folded = searched(rows);
  const totals = new Map<string, number>();
  for (const { subject, count } of rows) totals.set(subject, (totals.get(subject) ?? 0) + count);
  const told = new Set<string>();
  return rows
    .filter(({ subject }) => !folded.has(subject))
    .toSorted(before)
    .map((row) => {
      const first = !told.has(row.subject);
      told.add(row.subject);
      const own = first ? [...folded.values()].filter((base) => base === row.subject).length : 0;
      return { row, total: totals.get(row.subject)!, first, folded: own };
    });
}

/**
 * Names that a resolver made by its search list: they begin with a name that was found, and were never found themselves.
 * @returns by such a name, the one that was meant.
 */
function searched(rows: Rows): Map<string, string> {
  const lookups = rows.filter(({ kind }) => kind === 'name-lookup');
  const found = new Set(lookups.filter(({ records }) => records > 0).map(({ subject }) => subject));
  const failed = lookups.filter(({ subject, errors, count }) => errors === count && !found.has(subject));
  return new Map(
    failed.flatMap(({ subject }) => {
      const base = startOf(subject, found);
      return base === null ? [] : [[subject, base] as const];
    }),
  );
}

/** The longest of `names` that `name` begins with, labels whole. */
function startOf(name: string, names: ReadonlySet<string>): string | null {
  for (let end = name.lastIndexOf('.'); end > 0; end = name.lastIndexOf('.', end - 1))
    if (names.has(name.slice(0, end))) return name.slice(0, end);
  return null;
}

const OF_TOOLS: ReadonlySet<string> = new Set(['mcp-tool', 'tool-call']);

/** The MCP server that all tools are of; null: there are several. */
export function onlyServer(rows: Rows): string | null {
  const tools = rows.filter(({ kind }) => OF_TOOLS.has(kind));
  const servers = rows.filter(
    ({ kind, subject }) =>
      kind === 'mcp-server' && tools.some((tool) => tool.subject.startsWith(`${subject}/`)),
  );
  const [one] = new Set(servers.map(({ subject }) => subject));
  return one !== undefined && tools.every(({ subject }) => subject.startsWith(`${one}/`)) ? one : null;
}

const NOBODY = '-';

/**
 * @param server that goes without saying
 * @param usual the identity that goes without saying
 */
export function subjectText(
  { kind, subject }: OperationRow,
  server: string | null,
  usual: string | null,
): string {
  if (kind === 'flow') return flowText(subject, usual);
  if (kind === 'prompt-template') return subject.slice(0, 12);
  const bare = (name: string) =>
    server !== null && name.startsWith(`${server}/`) ? name.slice(server.length + 1) : name;
  if (OF_TOOLS.has(kind)) return bare(subject);
  return kind === 'tool-sequence'
    ? subject
        .split(' → ')
        .map((step) => bare(stepText(step)))
        .join(' → ')
    : subject;
}

function stepText(step: string): string {
  return step.replace(/^prompt:([0-9a-f]{12})[0-9a-f]*$/, 'prompt $1').replace(/^asks:/, 'model asks for ');
}

/** Of four places those where something is; who did it where that is not the usual one. */
function flowText(subject: string, usual: string | null): string {
  const places = subject.split(' → ');
  const identity = places.length === 4 ? places.pop()! : NOBODY;
  const path = places.filter((place) => place !== NOBODY).join(' → ');
  return identity === NOBODY || identity === usual ? path : `${path} → as ${identity}`;
}

/** The model that all calls ask; null: there are several. */
export function onlyModel(rows: Rows): string | null {
  const models = new Set(rows.filter(({ kind }) => kind === 'llm-call').map(({ subject }) => subject));
  const [one] = models;
  return one !== undefined && models.size === 1 ? one : null;
}

/** `--show operation`: models asked, tools called, APIs, identities and data behind them, most frequent first. */
import type { OperationRow, Report } from '../model/report.ts';
import { type Line, linesOf, onlyModel, onlyServer, type Rows, subjectText } from './operation-rows.ts';
import { recordRemark, short, sourceRemarks, sumRemarks, wordRemarks } from './operation-words.ts';
import type { Paint } from './paint.ts';
import { sanitizeLine } from './sanitize.ts';
import { hanging, padStart, plural, width, wrap } from './text.ts';

const TITLES = {
  'llm-call': 'models asked',
  'prompt-template': 'prompt templates',
  'mcp-server': 'MCP servers',
  'mcp-tool': 'MCP tools on offer (hash of the definition)',
  'tool-call': 'tools called',
  'tool-sequence': 'what followed what',
  'cloud-action': 'cloud actions',
  'kubernetes-action': 'Kubernetes API',
  'identity-hop': 'identity hops',
  'credential-source': 'credentials from',
  'vector-store': 'vector stores',
  'rag-index': 'RAG indexes',
  'data-access': 'data',
  'http-endpoint': 'other HTTP',
  'name-lookup': 'names looked up',
  flow: 'flows: tool → API → data',
} as const satisfies Record<OperationRow['kind'], string>;

const KINDS = Object.keys(TITLES) as OperationRow['kind'][];
const SHOWN = 12;
const COUNT = 7;

type Style = { columns: number; paint: Paint };
/** What goes without saying in the lines of one agent. */
type Usual = { principal: string | null; server: string | null; model: string | null };

/** `3 denied, 1 failed; 120 records; 812 tokens in` */
function remarks({ row, total, first, folded }: Line): string {
  const failed = row.errors - row.denied;
  return [
    ...(row.denied > 0 ? [`${short(row.denied)} denied`] : []),
    ...(failed > 0 ? [`${short(failed)} failed`] : []),
    ...sourceRemarks(row),
    ...recordRemark(row),
    ...(first ? [...sumRemarks(row.sums, total), ...wordRemarks(row)] : []),
    ...(folded > 0 ? [`tried with ${plural(folded, 'search domain')}`] : []),
  ].join('; ');
}

/** The identity that most is done under goes without saying, in a line of its own. */
function usualPrincipal(rows: Rows): string | null {
  const counts = new Map<string, number>();
  for (const { principal, count } of rows)
    if (principal !== null) counts.set(principal, (counts.get(principal) ?? 0) + count);
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0] ?? null;
}

/** See observe/meaning/index-libraries.ts and observe/meaning/mcp/server.ts. */
function contextText({ kind, subject, context }: OperationRow, { model }: Usual): string | null {
  if (kind === 'mcp-server' && subject.endsWith(':?')) return 'nothing names it';
  if (kind === 'rag-index' && context === 'likely') return 'likely: opened where its library is mapped';
  return context === model ? null : context;
}

/** Remarks stand in the same line where they fit. */
function lineOf(line: Line, usual: Usual, { columns, paint }: Style): string[] {
  const { row } = line;
  const context = contextText(row, usual);
  const principal =
    row.principal === null || row.principal === usual.principal ? null : `as ${row.principal}`;
  const via = [context, principal].filter((one) => one !== null);
  const subject = subjectText(row, usual.server, usual.principal);
  const lead = `  ${padStart(short(row.count), COUNT)}  `;
  const what = sanitizeLine(via.length === 0 ? subject : `${subject} (${via.join(', ')})`);
  const more = sanitizeLine(remarks(line));
  const color = row.denied > 0 ? paint.warn : (text: string) => text;
  if (more !== '' && width(`${lead}${what}  ${more}`) <= columns)
    return [`${color(`${lead}${what}`)}  ${paint.dim(more)}`];
  return [
    ...hanging(lead, lead.length, what, columns).map(color),
    ...(more === '' ? [] : hanging(' '.repeat(lead.length), lead.length, more, columns).map(paint.dim)),
  ];
}

function kindBlock(kind: OperationRow['kind'], rows: Rows, usual: Usual, style: Style): string[] {
  if (rows.length === 0) return [];
  const lines = linesOf(rows);
  const more = lines.length - SHOWN;
  return [
    ` ${style.paint.bold(TITLES[kind])}`,
    ...lines.slice(0, SHOWN).flatMap((line) => lineOf(line, usual, style)),
    ...(more > 0 ? [`  … and ${more} more (-f json has all)`] : []),
  ];
}

export function operationTable(report: Report, columns: number, paint: Paint): string[] {
  if (report.operation.length === 0)
    return ['OPERATION  nothing was heard of what the agents say: see --show coverage', ''];
  const agents = Map.groupBy(report.operation, ({ workload }) => workload);
  return [
    paint.bold('OPERATION'),
    ...[...agents.values()].flatMap((own) => agentBlock(own, { columns, paint })),
  ];
}

function agentBlock(own: Rows, style: Style): string[] {
  const byKind = Map.groupBy(own, ({ kind }) => kind);
  const usual = { principal: usualPrincipal(own), server: onlyServer(own), model: onlyModel(own) };
  const title = usual.principal === null ? own[0]!.label : `${own[0]!.label}, as ${usual.principal}`;
  return [
    ...wrap(sanitizeLine(title), style.columns).map(style.paint.bold),
    ...KINDS.flatMap((kind) => kindBlock(kind, byKind.get(kind) ?? [], usual, style)),
    '',
  ];
}

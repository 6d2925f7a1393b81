/** `--show operation`: models asked, tools called, APIs, identities and data behind them, most frequent first. */
import type { OperationRow, Report } from '../model/report.ts';
import type { Paint } from './paint.ts';
import { sanitizeLine } from './sanitize.ts';
import { hanging, padStart, plural, wrap } from './text.ts';

const TITLES = {
  'llm-call': 'models asked',
  'prompt-template': 'prompt templates',
  'mcp-server': 'MCP servers',
  'mcp-tool': 'MCP tools on offer',
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
  flow: 'flows: tool → API → data → identity',
} as const satisfies Record<OperationRow['kind'], string>;

const KINDS = Object.keys(TITLES) as OperationRow['kind'][];
const SHOWN = 12;
const COUNT = 7;
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** `3 denied, 1 failed, 120 records; claude-x; inputTokens 812` */
function remarks(row: OperationRow): string {
  const failed = row.errors - row.denied;
  return [
    ...(row.denied > 0 ? [`${short.format(row.denied)} denied`] : []),
    ...(failed > 0 ? [`${short.format(failed)} failed`] : []),
    ...(row.records > 0 ? [plural(row.records, 'record')] : []),
    ...Object.entries(row.sums).map(([name, value]) => `${name} ${short.format(value)}`),
    ...Object.entries(row.words)
      .filter(([, list]) => list.length > 0)
      .map(([name, list]) => `${name}: ${listed(list)}`),
  ].join('; ');
}

function listed(list: readonly string[]): string {
  return list.length <= 4 ? list.join(', ') : `${list.slice(0, 3).join(', ')} and ${list.length - 3} more`;
}

/** The identity that most is done under goes without saying, in a line of its own. */
function usualPrincipal(rows: readonly OperationRow[]): string | null {
  const counts = new Map<string, number>();
  for (const { principal, count } of rows)
    if (principal !== null) counts.set(principal, (counts.get(principal) ?? 0) + count);
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0] ?? null;
}

function line(row: OperationRow, usual: string | null, columns: number, paint: Paint): string[] {
  const principal = row.principal === usual ? null : row.principal;
  const via = [row.context, principal].filter((one) => one !== null).join(', ');
  const lead = `  ${padStart(short.format(row.count), COUNT)}  `;
  const what = sanitizeLine(via === '' ? row.subject : `${row.subject} (${via})`);
  const more = sanitizeLine(remarks(row));
  return [
    ...hanging(lead, lead.length, what, columns).map(row.denied > 0 ? paint.warn : (text: string) => text),
    ...(more === '' ? [] : hanging(' '.repeat(lead.length), lead.length, more, columns).map(paint.dim)),
  ];
}

function kindBlock(
  kind: OperationRow['kind'],
  rows: readonly OperationRow[],
  usual: string | null,
  columns: number,
  paint: Paint,
): string[] {
  if (rows.length === 0) return [];
  const sorted = rows.toSorted((a, b) => b.count - a.count || (a.subject < b.subject ? -1 : 1));
  const more = sorted.length - SHOWN;
  return [
    ` ${paint.bold(TITLES[kind])}`,
    ...sorted.slice(0, SHOWN).flatMap((row) => line(row, usual, columns, paint)),
    ...(more > 0 ? [`  … and ${more} more (-f json has all)`] : []),
  ];
}

export function operationTable(report: Report, columns: number, paint: Paint): string[] {
  if (report.operation.length === 0)
    return ['OPERATION  nothing was heard of what the agents say: see --show coverage', ''];
  const agents = Map.groupBy(report.operation, ({ workload }) => workload);
  return [paint.bold('OPERATION'), ...[...agents.values()].flatMap((own) => agentBlock(own, columns, paint))];
}

function agentBlock(own: readonly OperationRow[], columns: number, paint: Paint): string[] {
  const byKind = Map.groupBy(own, ({ kind }) => kind);
  const usual = usualPrincipal(own);
  const title = usual === null ? own[0]!.label : `${own[0]!.label}, as ${usual}`;
  return [
    ...wrap(sanitizeLine(title), columns).map(paint.bold),
    ...KINDS.flatMap((kind) => kindBlock(kind, byKind.get(kind) ?? [], usual, columns, paint)),
    '',
  ];
}

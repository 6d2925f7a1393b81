/** `--show coverage`: per agent and signal, what was attached, lost and observed. It decides what can be told. */

import { APPLICATION_SIGNALS, SIGNALS } from '../model/kinds.ts';
import type { AgentRow, CoverageRow, Report } from '../model/report.ts';
import type { Paint } from './paint.ts';
import { sanitizeLine } from './sanitize.ts';
import { costLines } from './table-cost.ts';
import { hanging, padEnd, padStart, wrap } from './text.ts';
import { duration, minute, percent } from './words.ts';

const SIGNAL = Math.max(...SIGNALS.map((signal) => signal.length));

const MAX_NAMED = 8;
const HEADER = ['ATTACHED SINCE  ', '  OBSERVED', '  EVENTS', '   LOST', 'CUT', ' STARTS SEEN'];

const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

function observed(row: CoverageRow): string {
  if (row.attachedSince === null) return 'never';
  const share = row.existedMs === 0 ? '?' : percent(Math.min(1, row.observedMs / row.existedMs));
  return row.unheard.length > 0 ? `${share}*` : share;
}

/** Families are attached one after the other. */
const SLACK = 0.01;

/** Of what an agent says, something is not heard that its kernel signals did not miss. */
export function heardLess(report: Report, { workload, coverage }: AgentRow): boolean {
  return report.coverage.some(
    (row) =>
      row.workload === workload &&
      isApplication(row) &&
      row.attachedSince !== null &&
      (row.unheard.length > 0 || row.lost > 0 || row.observedMs < ((coverage ?? 0) - SLACK) * row.existedMs),
  );
}

/** What the star beside a share means. */
function unheard({ unheard }: CoverageRow): string[] {
  const names = unheard.length > 0 ? [unheard.slice(0, MAX_NAMED).join(', ')] : [];
  const more = unheard.length > MAX_NAMED ? ` and ${unheard.length - MAX_NAMED} more` : '';
  return names.map((text) => `* of that time, nothing of what passed through ${text}${more}`);
}

function cells(row: CoverageRow): string[] {
  const texts = [
    row.attachedSince === null ? 'not attached' : minute(row.attachedSince),
    observed(row),
    short.format(row.attempted),
    short.format(row.lost),
    short.format(row.truncated),
    `${row.startsSeen}/${row.instances}`,
  ];
  return texts.map((text, i) => (i === 0 ? padEnd : padStart)(sanitizeLine(text), HEADER[i]!.length));
}

function line(row: CoverageRow, paint: Paint): string {
  const text = `  ${padEnd(row.signal, SIGNAL)}  ${cells(row).join('  ')}`;
  return row.attachedSince === null || row.lost > 0 || row.unheard.length > 0 ? paint.warn(text) : text;
}

/** One line for the families that nobody asked for, where a row of nothing each would say no more. */
function unasked(rows: readonly CoverageRow[], columns: number): string[] {
  if (rows.length === 0) return [];
  const why = [...new Set(rows.flatMap(({ reasons }) => reasons))].join('; ') || 'not asked for';
  return hanging('  ', 4, sanitizeLine(`${rows.map(({ signal }) => signal).join(', ')}: ${why}`), columns);
}

function isUnasked({ signal, attachedSince }: CoverageRow): boolean {
  return attachedSince === null && isApplication({ signal });
}

function isApplication({ signal }: Pick<CoverageRow, 'signal'>): boolean {
  return (APPLICATION_SIGNALS as readonly string[]).includes(signal);
}

function agentBlock(label: string, rows: readonly CoverageRow[], columns: number, paint: Paint): string[] {
  const existed = Math.max(...rows.map((row) => row.existedMs));
  const shown = rows.filter((row) => !isUnasked(row));
  const body = shown.flatMap((row) => [
    line(row, paint),
    ...[...unheard(row), ...row.reasons].flatMap((why) =>
      hanging(`${' '.repeat(4)}-> `, 7, sanitizeLine(why), columns),
    ),
  ]);
  // Two pods for a day are two days: longer than the window is no mistake.
  const head = `${sanitizeLine(label)}, ${duration(existed)} of pod time`;
  return [
    ...wrap(head, columns).map(paint.bold),
    ...body,
    ...unasked(rows.filter(isUnasked), columns).map(paint.warn),
    '',
  ];
}

export function coverageTable(report: Report, columns: number, paint: Paint): string[] {
  if (report.coverage.length === 0) return ['COVERAGE  nothing was observed: no snapshot was given', ''];
  const agents = [...new Set(report.coverage.map((row) => row.workload))];
  return [
    paint.bold('COVERAGE'),
    paint.dim(`  ${padEnd('SIGNAL', SIGNAL)}  ${HEADER.join('  ')}`),
    ...agents.flatMap((workload) => {
      const rows = report.coverage.filter((row) => row.workload === workload);
      return agentBlock(rows[0]!.label, rows, columns, paint);
    }),
    ...costLines(report, columns, paint),
  ];
}

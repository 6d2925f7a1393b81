/** The report for a terminal: plain strings that fit `columns`, the verdict first, the unknown never hidden. */
import type { Report } from '../model/report.ts';
import { SECTIONS as NAMES, type RenderOptions, type Section } from './options.ts';
import { createPaint, type Paint } from './paint.ts';
import { sanitizeLine } from './sanitize.ts';
import { agentRows, checks } from './table-agents.ts';
import { bomSummary, bomTable } from './table-bom.ts';
import { configurationTable } from './table-configuration.ts';
import { coverageTable, heardLess } from './table-coverage.ts';
import { comparisonLine, findingBlocks, findingCounts } from './table-findings.ts';
import { operationTable } from './table-operation.ts';
import { policyBlocks } from './table-policies.ts';
import { unknownBlocks } from './table-unknown.ts';
import { plural, wrap } from './text.ts';
import { duration, isNew, minute, SEVERITY_RANK } from './words.ts';

/** Narrower than this nothing is readable, and wrapping would loop on long words. */
const NARROWEST = 60;

const HOUR = 3_600_000;

function observedText({ windowStart, windowEnd, segments }: Report['scope']): string {
  if (windowStart === null || windowEnd === null) return 'nothing observed';
  const span = Date.parse(windowEnd) - Date.parse(windowStart);
  const when =
    span < HOUR ? `at ${minute(windowStart)} UTC` : `from ${minute(windowStart)} to ${minute(windowEnd)} UTC`;
  return `observed ${duration(span)} ${when} (${plural(segments, 'segment')})`;
}

/** What was read: two reports are comparable only if these agree. */
function scopeLine(report: Report): string {
  const { scope } = report;
  const observed = observedText(scope);
  const baseline =
    scope.baselineSegments === 0 ? [] : [`baseline of ${plural(scope.baselineSegments, 'segment')}`];
  const namespaces = scope.namespaces === null ? [] : [`in ${scope.namespaces.join(', ')}`];
  return [
    observed,
    `configured: ${scope.configuredOrigin ?? 'not given'}`,
    ...namespaces,
    ...(scope.selector === null ? [] : [`selector ${scope.selector}`]),
    ...baseline,
  ].join(' · ');
}

/** Why a cell of the first rows holds a `?` or a star. */
function legend(report: Report): string[] {
  const heard = report.agents.some((agent) => agent.coverage !== null && heardLess(report, agent))
    ? ['"100 %*": of what it said under TLS, in plaintext or to its tools, less was heard: --show coverage.']
    : [];
  if (report.cannotTell.length === 0) return heard;
  return [
    ...heard,
    '"2?": 2 found, other checks of that gap could not be judged. "?": none could. Neither is clean.',
  ];
}

/** Nothing found is only as good as what could be judged. */
function verdict(report: Report): string {
  const { all, unknown } = checks(report);
  if (report.findings.length > 0) return `${findingCounts(report)}.`;
  if (unknown === 0) return `No finding: all ${all} checks could be judged.`;
  if (unknown >= all) return `No finding, because nothing could be judged: all ${all} checks cannot tell.`;
  return `No finding in the ${all - unknown} of ${all} checks that could be judged; ${unknown} cannot tell.`;
}

const POLICY_STATUS = { derived: 'derived', review: 'for review only', refused: 'refused' } as const;

/** The rest of the report in a line each, so that nobody has to know that it exists. */
function more(report: Report): string[] {
  const worst = report.findings.toSorted(
    (a, b) =>
      Number(isNew(report, b)) - Number(isNew(report, a)) ||
      SEVERITY_RANK[a.severity] - SEVERITY_RANK[b.severity],
  )[0];
  const policies = (['derived', 'review', 'refused'] as const).flatMap((status) => {
    const count = report.policies.filter((policy) => policy.status === status).length;
    return count === 0 ? [] : [`${count} ${POLICY_STATUS[status]}`];
  });
  return [
    ...(worst === undefined ? [] : [`Why, and what to do: --explain ${worst.id}`]),
    `Also here: ${bomSummary(report)}; ${policies.length === 0 ? 'no policies' : `policies: ${policies.join(', ')}`}; ` +
      `coverage per signal: --show ${NAMES.join(',')}`,
  ];
}

function top(report: Report, columns: number, paint: Paint): string[] {
  const title = report.scope.title === null ? [] : [paint.bold(sanitizeLine(report.scope.title)), ''];
  return [
    ...title,
    ...agentRows(report, columns, paint),
    '',
    ...wrap(sanitizeLine(scopeLine(report)), columns).map(paint.dim),
    ...legend(report)
      .flatMap((line) => wrap(line, columns))
      .map(paint.dim),
    ...report.notes.flatMap((note) => wrap(`note: ${sanitizeLine(note)}`, columns)).map(paint.dim),
    '',
  ];
}

function findings(report: Report, columns: number, paint: Paint): string[] {
  return [
    ...findingBlocks(report, columns, paint),
    ...unknownBlocks(report, columns, paint),
    ...wrap(sanitizeLine(verdict(report)), columns).map(paint.bold),
    ...comparisonLine(report).flatMap((line) => wrap(line, columns)),
    ...more(report).flatMap((line) => wrap(line, columns)),
    '',
  ];
}

const SECTIONS = {
  findings,
  operation: operationTable,
  bom: bomTable,
  policies: policyBlocks,
  coverage: coverageTable,
  configuration: configurationTable,
} as const satisfies Record<Section, typeof findings>;

export function renderTable(report: Report, options: RenderOptions): string {
  const columns = Math.max(NARROWEST, options.columns);
  const paint = createPaint(options.color);
  const lines = [
    ...top(report, columns, paint),
    ...(options.show ?? (['findings'] as const)).flatMap((section) =>
      SECTIONS[section](report, columns, paint),
    ),
  ];
  return `${lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd()}\n`;
}

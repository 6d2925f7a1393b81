/** Findings per agent, by gap and then severity; a long list shows its worst and counts the rest. */
import { FINDINGS } from '../catalog/findings.ts';
import type { Finding, Severity } from '../model/finding.ts';
import type { Gap } from '../model/kinds.ts';
import type { AgentRow, Report } from '../model/report.ts';
import type { Paint } from './paint.ts';
import { sanitizeLine } from './sanitize.ts';
import { hanging, padEnd, plural, wrap } from './text.ts';
import { byGapAndSeverity, convergenceText, GAP_NAMES, GAPS, isNew, minute, tag } from './words.ts';

/** Per agent and gap; the rest is counted, and `-f json` has all. */
const SHOWN = 5;
const INDENT = 5;
const LABEL = INDENT + 8;
const TAG = '[G2] CRITICAL'.length + 2;

export function findingTitle(kind: Finding['kind']): string {
  return FINDINGS[kind].title;
}

/** The way in short, a hop a line; `~` before what is not the agent's own configuration. */
function pathLines(finding: Finding, columns: number): string[] {
  return finding.configured.path.flatMap((hop, i) => {
    const label = i === 0 ? `${' '.repeat(INDENT)}path` : '';
    const text = `${hop.inherited ? '~ ' : ''}${hop.object} ${hop.field}`;
    return hanging(label, LABEL, sanitizeLine(text), columns);
  });
}

function remedyText(finding: Finding): string {
  const { summary, ownPolicyWontHelp } = finding.remedy;
  return sanitizeLine(ownPolicyWontHelp === null ? summary : `${summary} ${ownPolicyWontHelp}`);
}

function block(report: Report, finding: Finding, columns: number, paint: Paint): string[] {
  const mark = isNew(report, finding) ? '  NEW' : '';
  const head = `  ${paint.gap[finding.gap](padEnd(tag(finding), TAG))}${finding.id}${mark}  `;
  const indent = 2 + TAG + finding.id.length + mark.length + 2;
  const [first, ...rest] = wrap(findingTitle(finding.kind), columns - indent);
  return [
    head + paint.bold(first!),
    ...rest.map((line) => ' '.repeat(indent) + paint.bold(line)),
    ...hanging('', INDENT, sanitizeLine(finding.claim), columns),
    ...pathLines(finding, columns).map(paint.dim),
    ...hanging(`${' '.repeat(INDENT)}remedy`, LABEL, remedyText(finding), columns),
  ];
}

function bySeverity(findings: readonly Finding[]): string {
  const count = new Map<Severity, number>();
  for (const { severity } of findings) count.set(severity, (count.get(severity) ?? 0) + 1);
  return [...count].map(([severity, n]) => `${n} ${severity}`).join(', ');
}

function gapBlocks(report: Report, gap: Gap, found: readonly Finding[], columns: number, paint: Paint) {
  const shown = found.slice(0, SHOWN).flatMap((finding) => [...block(report, finding, columns, paint), '']);
  const more = found.slice(SHOWN);
  if (more.length === 0) return shown;
  return [...shown, `  … and ${more.length} more of [G${gap}]: ${bySeverity(more)} (-f json has all)`, ''];
}

function agentBlock(report: Report, agent: AgentRow, columns: number, paint: Paint): string[] {
  const found = report.findings.filter((f) => f.workload === agent.workload).sort(byGapAndSeverity);
  if (found.length === 0) return [];
  return [
    ...wrap(sanitizeLine(agent.label), columns).map(paint.bold),
    ...wrap(convergenceText(agent), columns - 2).map((line) => paint.dim(`  ${line}`)),
    '',
    ...GAPS.flatMap((gap) =>
      gapBlocks(
        report,
        gap,
        found.filter((f) => f.gap === gap),
        columns,
        paint,
      ),
    ),
  ];
}

const INHERITED = "a step made by an object that is not the agent's own configuration";

/** Which gaps occur, named once, so that `[G2]` needs no manual. */
function legend(report: Report, columns: number, paint: Paint): string[] {
  const inherited = report.findings.some((f) => f.configured.path.some((hop) => hop.inherited));
  return GAPS.filter((gap) => report.findings.some((f) => f.gap === gap))
    .flatMap((gap) => hanging(`[G${gap}]`, 5, GAP_NAMES[gap], columns))
    .concat(inherited ? hanging('~', 5, INHERITED, columns) : [])
    .map(paint.dim);
}

export function findingBlocks(report: Report, columns: number, paint: Paint): string[] {
  if (report.findings.length === 0) return [];
  return [
    ...legend(report, columns, paint),
    '',
    ...report.agents.flatMap((agent) => agentBlock(report, agent, columns, paint)),
  ];
}

/** `6 findings: 3 [G1], 2 [G2], 1 [G3]`. */
export function findingCounts(report: Report): string {
  const counts = GAPS.map((gap) => `${report.findings.filter((f) => f.gap === gap).length} [G${gap}]`);
  return `${plural(report.findings.length, 'finding')}: ${counts.join(', ')}`;
}

/** Four classes; what is gone because it cannot be told now is not resolved. */
export function comparisonLine(report: Report): string[] {
  const c = report.comparison;
  if (c === null) return [];
  const classes = `${c.new.length} new, ${c.unchanged.length} unchanged, ${c.resolved.length} resolved`;
  const lost =
    c.incomparable.length === 0 ? '' : `, ${c.incomparable.length} gone but not resolved: cannot be told now`;
  return [`Against the report of ${minute(c.baselineGeneratedAt)} UTC: ${classes}${lost}.`];
}

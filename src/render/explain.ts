/** `audit --explain ID`: one finding, or one cell that could not be told, in fixed blocks. */
import { CANNOT_TELL } from '../catalog/cannot-tell.ts';
import type { CannotTell, Finding } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { shiftLines } from './explain-shift.ts';
import type { RenderOptions } from './options.ts';
import { createPaint, type Paint } from './paint.ts';
import { sanitizeLine } from './sanitize.ts';
import { findingTitle } from './table-findings.ts';
import { hanging, plural, wrap } from './text.ts';
import { day, GAPS, isNew, minute, tag } from './words.ts';

export type Explained = Finding | CannotTell;

const ID = 10;
const INDENT = 2;
/** Narrower than this nothing is readable. */
const NARROWEST = 40;

const isFinding = (item: Explained): item is Finding => 'claim' in item;

export function idOf(item: Explained): string {
  return isFinding(item) ? item.id : item.fingerprint.slice(0, ID);
}

/** Everything whose id or fingerprint starts with `prefix`: none is a typing error, several need more digits. */
export function findExplained(report: Report, prefix: string): Explained[] {
  const wanted = prefix.trim().toLowerCase();
  if (wanted === '') return [];
  return [...report.findings, ...report.cannotTell].filter(
    (item) => idOf(item).startsWith(wanted) || item.fingerprint.startsWith(wanted),
  );
}

type Block = readonly [heading: string, lines: readonly string[]];

function paragraphs(columns: number, ...texts: (string | null)[]): string[] {
  return texts
    .filter((text) => text !== null && text !== '')
    .flatMap((text) => hanging('', INDENT, sanitizeLine(text!), columns));
}

/** Hop by hop; `~` marks what is made by an object that is not the agent's own configuration. */
function pathLines(finding: Finding, columns: number): string[] {
  return finding.configured.path.flatMap((hop, i) => {
    const label = `  ${i + 1} ${hop.inherited ? '~' : ' '} `;
    const inherited = hop.inherited ? ' (inherited)' : '';
    const where = hop.ref?.location ?? null;
    return [
      ...hanging(label, label.length, sanitizeLine(`${hop.object}${inherited}`), columns),
      ...hanging(
        '',
        label.length,
        sanitizeLine(hop.field === '' ? hop.why : `${hop.field}: ${hop.why}`),
        columns,
      ),
      ...(where === null ? [] : hanging('', label.length, `in ${sanitizeLine(where)}`, columns)),
    ];
  });
}

function seenLine({ operational: o }: Finding): string {
  const times = o.first === null ? [] : [`first ${minute(o.first)}, last ${minute(o.last ?? o.first)} UTC`];
  const count = o.count === 0 ? 'never' : `${plural(o.count, 'time')} in ${plural(o.sessions, 'session')}`;
  return [count, ...times, `source ${o.source}`].join(' · ');
}

function operationalLines(finding: Finding, columns: number): string[] {
  const { samples, summary } = finding.operational;
  return [
    ...paragraphs(columns, summary, seenLine(finding)),
    ...samples.flatMap((sample) => hanging('    - ', 6, sanitizeLine(sample), columns)),
    ...(finding.shift === null ? [] : shiftLines(finding.shift, columns)),
  ];
}

function remedyLines({ remedy }: Finding, columns: number): string[] {
  const target = [remedy.object, remedy.field].filter((part) => part !== null).join(' ');
  return paragraphs(
    columns,
    remedy.summary,
    target === '' ? null : `change: ${target}`,
    remedy.ownPolicyWontHelp,
  );
}

function findingBlocks(report: Report, finding: Finding, columns: number): Block[] {
  const others = GAPS.filter((gap) => gap !== finding.gap).join(' OR ');
  const related = finding.related.map((id) => {
    const other = report.findings.find((f) => f.id === id || f.fingerprint === id);
    return other === undefined
      ? id
      : `${other.id}  ${tag(other)}  ${findingTitle(other.kind)}: ${other.subject}`;
  });
  return [
    ['CLAIM', paragraphs(columns, finding.claim)],
    ['CONFIGURED PATH', [...paragraphs(columns, finding.configured.summary), ...pathLines(finding, columns)]],
    ['OPERATIONAL EVIDENCE', operationalLines(finding, columns)],
    [`WHY GAP ${finding.gap}, NOT ${others}`, paragraphs(columns, finding.why)],
    ['REMEDY', remedyLines(finding, columns)],
    ['CONFIDENCE', paragraphs(columns, `${finding.confidence}: ${finding.confidenceReason}`)],
    ...(related.length === 0 ? [] : [['RELATED', paragraphs(columns, ...related)] as const]),
  ];
}

function cellBlocks(report: Report, cell: CannotTell, columns: number): Block[] {
  const agent = report.agents.find((a) => a.workload === cell.workload);
  const convergence = agent?.convergence[cell.discipline];
  return [
    [
      'CANNOT TELL',
      paragraphs(columns, `${CANNOT_TELL[cell.reason].meaning} This is not a pass.`, cell.detail),
    ],
    ['WHAT TO DO', paragraphs(columns, cell.todo, cell.expected && `Expected by ${day(cell.expected)}.`)],
    [
      'CONVERGENCE',
      paragraphs(
        columns,
        convergence === undefined
          ? null
          : `${cell.discipline} is ${convergence.state}${convergence.why === null ? '' : `: ${convergence.why}`}`,
      ),
    ],
  ];
}

function head(report: Report, item: Explained, columns: number, paint: Paint): string[] {
  const name = isFinding(item) ? tag(item) : `[G${item.gap}] ?`;
  const mark = isFinding(item) && isNew(report, item) ? '  NEW' : '';
  const subject = isFinding(item) ? ` · ${item.subject}` : '';
  return [
    `${paint.gap[item.gap](name)}  ${idOf(item)}${mark}`,
    ...wrap(findingTitle(item.kind), columns).map(paint.bold),
    ...wrap(sanitizeLine(`${item.label} · ${item.discipline}${subject}`), columns).map(paint.dim),
  ];
}

function page(report: Report, item: Explained, columns: number, paint: Paint): string {
  const blocks = isFinding(item) ? findingBlocks(report, item, columns) : cellBlocks(report, item, columns);
  const body = blocks
    .filter(([, lines]) => lines.length > 0)
    .flatMap(([heading, lines]) => ['', paint.bold(heading), ...lines]);
  return [...head(report, item, columns, paint), ...body].map((line) => `${line.trimEnd()}\n`).join('');
}

/** Everything that `id` names, one page each. Throws a plain Error where that is nothing: see `findExplained`. */
export function explain(report: Report, id: string, options: Omit<RenderOptions, 'show'>): string {
  const items = findExplained(report, id);
  if (items.length === 0) throw new Error(`no finding and no cannot-tell of this report is called ${id}`);
  const columns = Math.max(NARROWEST, options.columns);
  const paint = createPaint(options.color);
  return items.map((item) => page(report, item, columns, paint)).join('\n');
}

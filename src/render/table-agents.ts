/** The first lines of the report: one row per agent. "This agent has access to 47 things and uses 3." */
import { FINDINGS } from '../catalog/findings.ts';
import type { Gap } from '../model/kinds.ts';
import type { AgentRow, Report } from '../model/report.ts';
import type { Paint } from './paint.ts';
import { sanitizeLine } from './sanitize.ts';
import { heardLess } from './table-coverage.ts';
import { padEnd, padStart, width, wrap } from './text.ts';
import { duration, GAPS, percent } from './words.ts';

/** As many unjudged kinds as a gap has mean that nothing of it was judged. */
export function kindsOf({ checks: kinds }: Report, gap: Gap): number {
  return kinds.filter((kind) => FINDINGS[kind].gap === gap).length;
}

const GAP_COLUMN = 3;
const COVERAGE = 8;
const WINDOW = 6;
const BETWEEN = 2;
/** A shorter bar says nothing; its room goes to the names. */
const SHORTEST_BAR = 4;

/** Cells that cannot be told, as a set per agent and gap. */
function unknownKinds(report: Report, workload: string, gap: Gap): number {
  return new Set(report.cannotTell.filter((c) => c.workload === workload && c.gap === gap).map((c) => c.kind))
    .size;
}

/** `2`, `2?` where some of the checks could not be judged, `?` where none could: a bare 0 is a real 0. */
function gapCell(report: Report, agent: AgentRow, gap: Gap): string {
  const found = { 1: agent.gap1, 2: agent.gap2, 3: agent.gap3 }[gap];
  const unknown = unknownKinds(report, agent.workload, gap);
  if (unknown === 0) return `${found} `;
  return unknown === kindsOf(report, gap) && found === 0 ? '?' : `${found}?`;
}

function bar(agent: AgentRow, columns: number): string {
  if (agent.configured === 0 || agent.windowMs === null) return ' '.repeat(columns);
  const filled = Math.min(columns, Math.round((agent.used / agent.configured) * columns));
  const shown = agent.used > 0 ? Math.max(1, filled) : 0;
  return '█'.repeat(shown) + '░'.repeat(columns - shown);
}

function usage(agent: AgentRow): string {
  return `${agent.windowMs === null ? '?' : agent.used}/${agent.configured}`;
}

/** The share is of the kernel signals; a star says that of what it said, less was heard. */
function coverageCell(report: Report, agent: AgentRow): string {
  if (agent.coverage === null) return 'none';
  return `${percent(agent.coverage)}${heardLess(report, agent) ? '*' : ''}`;
}

/** Columns of what varies: name, bar (0: no room for one) and `used/configured`. */
type Sizes = { name: number; bar: number; usage: number };

/** Fixed columns leave the rest to the name and the bar. */
function sizesFor(report: Report, columns: number): Sizes {
  const usages = Math.max(9, ...report.agents.map((agent) => usage(agent).length));
  const free = columns - (usages + GAP_COLUMN * 4 + COVERAGE + WINDOW + BETWEEN * 7);
  const widths = report.agents.map((agent) => width(sanitizeLine(agent.label)));
  const longest = Math.max(8, ...widths.filter((own) => own <= free));
  const rest = Math.min(24, free - longest - 1);
  return { bar: rest < SHORTEST_BAR ? 0 : rest, usage: usages, name: longest };
}

function cells(report: Report, agent: AgentRow, paint: Paint, size: Sizes): string[] {
  const gaps = GAPS.map((gap) => {
    const text = padStart(gapCell(report, agent, gap), GAP_COLUMN);
    return /[1-9]/.test(text) ? paint.gap[gap](text) : text;
  });
  return [
    `${size.bar === 0 ? '' : `${bar(agent, size.bar)} `}${padStart(usage(agent), size.usage)}`,
    ...gaps,
    padStart(`${agent.cannotTell} `, GAP_COLUMN),
    padStart(coverageCell(report, agent), COVERAGE),
    padStart(agent.windowMs === null ? 'none' : duration(agent.windowMs), WINDOW),
  ];
}

/** A name that is too long gets its own line: names are never cut, they are what a reader copies. */
function row(report: Report, agent: AgentRow, columns: number, paint: Paint, size: Sizes): string[] {
  const label = sanitizeLine(agent.label);
  const rest = cells(report, agent, paint, size).join(' '.repeat(BETWEEN));
  if (width(label) <= size.name) {
    return [`${paint.bold(padEnd(label, size.name))}${' '.repeat(BETWEEN)}${rest}`];
  }
  return [...wrap(label, columns).map(paint.bold), ' '.repeat(size.name + BETWEEN) + rest];
}

export function agentRows(report: Report, columns: number, paint: Paint): string[] {
  if (report.agents.length === 0) return ['No agent: no workload matched.'];
  const size = sizesFor(report, columns);
  const header = [
    padEnd('AGENT', size.name),
    size.bar < 6
      ? padEnd('USED/CONF', size.bar === 0 ? size.usage : size.bar + 1 + size.usage)
      : padEnd('USED/CONFIGURED', size.bar + 1 + size.usage),
    ...['G1 ', 'G2 ', 'G3 ', '? '].map((name) => padStart(name, GAP_COLUMN)),
    padStart('COVERAGE', COVERAGE),
    padStart('WINDOW', WINDOW),
  ].join(' '.repeat(BETWEEN));
  return [paint.dim(header), ...report.agents.flatMap((agent) => row(report, agent, columns, paint, size))];
}

/** How many checks there were: every kind for every agent. */
export function checks(report: Report): { all: number; unknown: number } {
  const unknown = new Set(report.cannotTell.map((cell) => `${cell.workload}\0${cell.kind}`)).size;
  return { all: report.agents.length * report.checks.length, unknown };
}

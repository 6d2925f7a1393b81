/** What could not be told, grouped by reason, each with what to do. It is never printed as clean. */
import { CANNOT_TELL } from '../catalog/cannot-tell.ts';
import type { CannotTell } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import type { Paint } from './paint.ts';
import { sanitizeLine } from './sanitize.ts';
import { checks } from './table-agents.ts';
import { hanging, padStart } from './text.ts';
import { day } from './words.ts';

const COUNT = 4;
const INDENT = COUNT + 2;

/** More names than this are counted. */
const NAMED = 4;

function few(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(', ');
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** `[G1] unused-egress, unread-secret (2 of 3)`: how many of the group's agents, where it is not all of them. */
function kindLines(cells: readonly CannotTell[]): string[] {
  const agentsOf = (own: readonly CannotTell[]) => new Set(own.map((cell) => cell.workload)).size;
  const everybody = agentsOf(cells);
  const byGap = [...groupBy(cells, (cell) => String(cell.gap))].sort(([a], [b]) => (a < b ? -1 : 1));
  return byGap.map(([gap, own]) => {
    const kinds = [...groupBy(own, (cell) => cell.kind)].map(([kind, same]) => {
      const agents = agentsOf(same);
      return agents === everybody ? kind : `${kind} (${agents} of ${everybody})`;
    });
    return `[G${gap}] ${kinds.join(', ')}`;
  });
}

/** One cell's own words, and how to read them of the others. */
function detailLine(cells: readonly CannotTell[]): string {
  const details = unique(cells.map((cell) => sanitizeLine(cell.detail)));
  const example = sanitizeLine(cells[0]!.fingerprint.slice(0, 10));
  return details.length === 1 ? details[0]! : `e.g. ${details[0]} (--explain ${example})`;
}

function group(cells: readonly CannotTell[], columns: number, paint: Paint): string[] {
  const todo = unique(cells.map((cell) => sanitizeLine(cell.todo)));
  const expected = cells.flatMap((cell) => (cell.expected === null ? [] : [cell.expected])).sort();
  const when = expected.length === 0 ? [] : [`expected by ${day(expected.at(-1)!)}`];
  const label = `${padStart(String(cells.length), COUNT)}  `;
  return [
    ...hanging(label, INDENT, CANNOT_TELL[cells[0]!.reason].meaning, columns).map(paint.bold),
    ...hanging('', INDENT, few(unique(cells.map((cell) => sanitizeLine(cell.label)))), columns),
    ...kindLines(cells).flatMap((line) => hanging('', INDENT, line, columns)),
    ...hanging('', INDENT, detailLine(cells), columns).map(paint.dim),
    ...[...todo.slice(0, 2), ...when].flatMap((line) =>
      hanging(`${' '.repeat(INDENT)}-> `, INDENT + 3, line, columns),
    ),
  ];
}

export function unknownBlocks(report: Report, columns: number, paint: Paint): string[] {
  if (report.cannotTell.length === 0) return [];
  const { all, unknown } = checks(report);
  const groups = [...groupBy(report.cannotTell, (cell) => cell.reason).values()].sort(
    (a, b) => b.length - a.length || (a[0]!.reason < b[0]!.reason ? -1 : 1),
  );
  return [
    paint.warn(`CANNOT TELL  ${unknown} of ${all} checks: unknown, not clean`),
    '',
    ...groups.flatMap((cells) => [...group(cells, columns, paint), '']),
  ];
}

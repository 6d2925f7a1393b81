/** Two accounts of the same events: recall and precision over how often each subject occurs. */

/** Subject → how often. */
export type Counts = ReadonlyMap<string, number>;

/** Something that one account leaves out by its nature; never a tolerance, always an exact number with a reason. */
export type Exception = { subject: string; times: number; why: string };

export type Comparison = {
  what: string;
  /** By the agent's own log, and by the log plus what it leaves out. */
  said: number;
  excepted: number;
  seen: number;
  recall: number;
  precision: number;
  /** Subjects on which the two disagree: `SUBJECT: said N, seen M`. */
  differences: string[];
  exceptions: readonly Exception[];
};

export function countOf(subjects: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const subject of subjects) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  return counts;
}

export function sum(counts: Counts): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

export function compare(
  what: string,
  log: Counts,
  seen: Counts,
  exceptions: readonly Exception[] = [],
): Comparison {
  const said = new Map(log);
  for (const { subject, times } of exceptions) said.set(subject, (said.get(subject) ?? 0) + times);
  const subjects = [...new Set([...said.keys(), ...seen.keys()])].toSorted();
  const both = subjects.reduce(
    (total, subject) => total + Math.min(said.get(subject) ?? 0, seen.get(subject) ?? 0),
    0,
  );
  const differences = subjects
    .filter((subject) => (said.get(subject) ?? 0) !== (seen.get(subject) ?? 0))
    .map((subject) => `${subject}: said ${said.get(subject) ?? 0}, seen ${seen.get(subject) ?? 0}`);
  return {
    what,
    said: sum(log),
    excepted: sum(said) - sum(log),
    seen: sum(seen),
    recall: share(both, sum(said)),
    precision: share(both, sum(seen)),
    differences,
    exceptions,
  };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

/** As text for the log of a test run. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ what, said, excepted, seen, recall, precision }) => [
    what,
    `${said}`,
    `${excepted}`,
    `${seen}`,
    percent(recall),
    percent(precision),
  ]);
  const all = [['', 'said', 'excepted', 'seen', 'recall', 'precision'], ...rows];
  const widths = all[0]!.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  return all
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
    )
    .join('\n');
}

/** Never rounded up to what it is not: 99.99 % stays below 100 %. */
function percent(value: number): string {
  return `${value === 1 ? '100' : Math.min(99.99, value * 100).toFixed(2)} %`;
}

/**
 * Did a cron schedule come due within a window? Five fields, as CronJob `spec.schedule` takes them (robfig/cron
 * v3 standard parser): lists, ranges, steps, names, `@daily` and its kin. Read as UTC, the controller's default.
 */
const MACROS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAYS = 'sun mon tue wed thu fri sat'.split(' ');
const MINUTE = 60_000;
const DAY = 86_400_000;
/** A schedule is looked for over at most this many days: 29 February comes within eight years. */
const MAX_DAYS = 366 * 8;

type Field = { values: ReadonlySet<number>; any: boolean };
type Schedule = { minute: Field; hour: Field; day: Field; month: Field; weekday: Field };

/** First due time at or after `from` and not after `to`, epoch ms; null: none; undefined: not understood. */
export function firstDue(schedule: string, from: number, to: number): number | null | undefined {
  const parsed = parse(schedule);
  if (!parsed) return undefined;
  const firstDay = Math.floor(from / DAY) * DAY;
  for (let day = firstDay; day <= to && day <= firstDay + MAX_DAYS * DAY; day += DAY) {
    if (!dayMatches(parsed, new Date(day))) continue;
    for (const hour of sorted(parsed.hour)) {
      for (const minute of sorted(parsed.minute)) {
        const due = day + (hour * 60 + minute) * MINUTE;
        if (due >= from) return due <= to ? due : null;
      }
    }
  }
  return null;
}

/** Where both day fields are restricted, either is enough (crontab(5)). */
function dayMatches({ day, month, weekday }: Schedule, date: Date): boolean {
  if (!month.values.has(date.getUTCMonth() + 1)) return false;
  const byDay = day.values.has(date.getUTCDate());
  const byWeekday = weekday.values.has(date.getUTCDay());
  return day.any || weekday.any ? byDay && byWeekday : byDay || byWeekday;
}

function parse(text: string): Schedule | null {
  const plain = text.trim().replace(/^(CRON_)?TZ=\S+\s+/, '');
  const parts = (MACROS.get(plain.toLowerCase()) ?? plain).split(/\s+/);
  if (parts.length !== 5) return null;
  const [minute, hour, day, month, weekday] = [
    field(parts[0]!, 0, 59),
    field(parts[1]!, 0, 23),
    field(parts[2]!, 1, 31),
    field(parts[3]!, 1, 12, MONTHS),
    field(parts[4]!, 0, 7, DAYS),
  ];
  if (!minute || !hour || !day || !month || !weekday) return null;
  const sundays = weekday.values.has(7) ? new Set([...weekday.values, 0]) : weekday.values;
  return { minute, hour, day, month, weekday: { ...weekday, values: sundays } };
}

function field(text: string, low: number, high: number, names: readonly string[] = []): Field | null {
  const values = new Set<number>();
  for (const part of text.toLowerCase().split(',')) {
    const range = rangeOf(part, low, high, names);
    if (!range) return null;
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return { values, any: /^[*?](\/1)?$/.test(text) };
}

function rangeOf(part: string, low: number, high: number, names: readonly string[]) {
  const match = /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part);
  if (!match) return null;
  const [, star, first, last, step] = match;
  const number = (word: string) => (names.includes(word) ? names.indexOf(word) + low : Number(word));
  const from = star ? low : number(first!);
  const to = star || (step && !last) ? high : number(last ?? first!);
  const width = step ? Number(step) : 1;
  const valid = Number.isInteger(from) && Number.isInteger(to) && from >= low && to <= high && from <= to;
  return valid && width > 0 ? { from, to, step: width } : null;
}

function sorted({ values }: Field): number[] {
  return [...values].sort((a, b) => a - b);
}

/** What observing cost, below the coverage that it bought: of each probe family, and of the two processes. */
import type { Report } from '../model/report.ts';
import type { Paint } from './paint.ts';
import { sanitizeLine } from './sanitize.ts';
import { hanging } from './text.ts';
import { duration } from './words.ts';

type Cost = NonNullable<Report['cost']>;

const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** Beside its program a probe on a user function costs a trap, which no statistics count: 1 to 4 µs were measured. */
const TRAPS = ', and a trap of some 2 µs each';

/** `0.42 %`, `12 %`: of one core. */
function share(ms: number, windowMs: number): string {
  const percent = windowMs === 0 ? 0 : (100 * ms) / windowMs;
  return percent > 0 && percent < 0.01 ? '< 0.01 %' : `${Number(percent.toPrecision(2))} %`;
}

function spent(ms: number): string {
  return ms < 1000 ? `${ms} ms` : duration(ms);
}

function familyLine(family: string, probes: Cost['probes'], windowMs: number): string {
  const ms = probes.reduce((sum, { runMs }) => sum + runMs, 0);
  const runs = probes.reduce((sum, one) => sum + one.runs, 0);
  const each = probes.filter((one) => one.runs > 0).toSorted((a, b) => b.runMs - a.runMs);
  const parts = each.map(
    ({ program, runMs, runs: times }) => `${program} ${spent(runMs)}/${short.format(times)}`,
  );
  const of = parts.length > 1 ? `: ${parts.join(', ')}` : '';
  const traps = family === 'tls' && runs > 0 ? TRAPS : '';
  return `${family} ${spent(ms)} in ${short.format(runs)} runs (${share(ms, windowMs)})${traps}${of}`;
}

export function costLines({ cost }: Report, columns: number, paint: Paint): string[] {
  if (!cost) return [];
  const { windowMs, sensorMs, collectMs, probes } = cost;
  const all = sensorMs + collectMs + probes.reduce((sum, { runMs }) => sum + runMs, 0);
  const head =
    `${share(all, windowMs)} of a core over ${duration(windowMs)} of segments: ` +
    `sensor ${spent(sensorMs)}, collect ${spent(collectMs)}, and its probes:`;
  const families = [...Map.groupBy(probes, ({ family }) => family)].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...hanging('COST', 6, head, columns).map(paint.bold),
    ...families.flatMap(([family, list]) =>
      hanging('  ', 2, sanitizeLine(familyLine(family, list, windowMs)), columns),
    ),
    '',
  ];
}

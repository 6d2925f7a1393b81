import type { Unit, Units } from './mix-units.ts';

const HOUR_MS = 3_600_000;
const WEEK_HOURS = 168;
/** Share of the window's units that must find a counterpart in the baseline for a stratification to be usable. */
const ENOUGH_MATCHED = 0.9;

/** From the finest to none. Coarser ones are for windows whose hours the baseline has not all seen. */
const STRATIFICATIONS = [
  { name: 'hour-of-week', of: stratumOf },
  {
    name: 'hour-of-day-and-weekend',
    of: (at: number, spanMs: number) =>
      (weekend(at) ? WEEK_HOURS : 0) + (stratumOf(at, spanMs) % (24 * (HOUR_MS / spanMs))),
  },
  { name: 'none', of: () => 0 },
] as const;

export type Strata = {
  name: (typeof STRATIFICATIONS)[number]['name'];
  /** Each with units of both sides; the others can be compared with nothing and are left out. */
  groups: { window: Unit[]; baseline: Unit[] }[];
};

/** Place in the week of the epoch, which begins on a Thursday; any fixed origin serves. Spans below an hour count as one. */
export function stratumOf(at: number, spanMs: number): number {
  const span = Math.max(spanMs, HOUR_MS);
  return Math.floor(at / span) % Math.round((WEEK_HOURS * HOUR_MS) / span);
}

/**
 * Blocks stand for whatever ran at that hour, so they are exchangeable only with blocks of the same hour of the week.
 * Sessions proper are compared as they are. Null: one side is empty.
 */
export function chooseStrata({ window, baseline, blocks, spanMs }: Units): Strata | null {
  if (window.length === 0 || baseline.length === 0) return null;
  for (const { name, of } of blocks ? STRATIFICATIONS : STRATIFICATIONS.slice(-1)) {
    const groups = groupsOf(window, baseline, (at) => of(at, Math.max(spanMs ?? 0, HOUR_MS)));
    const matched = groups.reduce((sum, group) => sum + group.window.length, 0);
    if (matched >= ENOUGH_MATCHED * window.length) return { name, groups };
  }
  return null;
}

function groupsOf(
  window: readonly Unit[],
  baseline: readonly Unit[],
  of: (at: number) => number,
): Strata['groups'] {
  const groups = new Map<number, Strata['groups'][number]>();
  for (const unit of window) groupAt(groups, of(unit.at)).window.push(unit);
  for (const unit of baseline) groupAt(groups, of(unit.at)).baseline.push(unit);
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([, group]) => group)
    .filter((group) => group.window.length > 0 && group.baseline.length > 0);
}

function groupAt(groups: Map<number, Strata['groups'][number]>, key: number): Strata['groups'][number] {
  const known = groups.get(key);
  if (known) return known;
  const group = { window: [], baseline: [] };
  groups.set(key, group);
  return group;
}

/** Saturday and Sunday are days 2 and 3 after the epoch's Thursday. */
function weekend(at: number): boolean {
  const day = stratumOf(at, 24 * HOUR_MS);
  return day === 2 || day === 3;
}

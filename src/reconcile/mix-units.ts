import type { Kind } from '../model/kinds.ts';
import type { SessionSample } from '../model/observed.ts';
import { autocorrelation } from './autocorrelation.ts';

const HOUR_MS = 3_600_000;
const BLOCK_MS = HOUR_MS / 4;
/** Clock spans that units grow to while neighbours still resemble each other. All divide a week. */
const SPANS_MS = [HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS, 24 * HOUR_MS];
/** Neighbours alike by less than this are near enough to exchangeable for the rest to be corrected for. */
const ALIKE = 0.05;

/** What is exchanged between window and baseline. */
export type Unit = {
  /** Epoch ms. */
  at: number;
  /** Subject → share, adding up to 1. */
  shares: ReadonlyMap<string, number>;
  sessions: number;
};

export type Units = {
  window: Unit[];
  baseline: Unit[];
  /** 15-minute blocks of a process that serves many sessions at once, or made of such. */
  blocks: boolean;
  /** Clock span of a unit; null: single sessions. */
  spanMs: number | null;
  /** Correlation of neighbouring units that is left, 0…1. */
  autocorrelation: number;
};

/**
 * A session (an agent run, or a 15-minute block) is a unit as long as neighbours do not resemble each other more
 * than others do. Where they do (one run that spans several blocks, a campaign of similar runs), exchanging them one
 * by one would call unchanged traffic shifted, so the sessions of an hour make one unit, then of two, up to a day.
 * Sessions that do not show the kind have no mix.
 */
export function mixUnits(
  window: readonly SessionSample[],
  baseline: readonly SessionSample[],
  kind: Kind,
): Units {
  const blocks = [...window, ...baseline].every(isBlock);
  const single = {
    window: window.map((session) => unitOf(session, kind)).filter((unit) => unit !== null),
    baseline: baseline.map((session) => unitOf(session, kind)).filter((unit) => unit !== null),
  };
  const made = (spanMs: number | null): Units => {
    const units = {
      window: spanMs === null ? single.window : joined(single.window, spanMs),
      baseline: spanMs === null ? single.baseline : joined(single.baseline, spanMs),
    };
    return {
      ...units,
      blocks,
      spanMs,
      autocorrelation: autocorrelation(units, blocks ? spanMs : null),
    };
  };
  // The blocks of one hour share their stratum, so their likeness cannot be told from the stratum's: never singly.
  let units = made(blocks ? HOUR_MS : null);
  for (const spanMs of SPANS_MS) {
    if (units.autocorrelation < ALIKE) break;
    if (spanMs !== units.spanMs) units = made(spanMs);
  }
  return units;
}

/** Lies within one quarter of an hour of the clock. */
function isBlock({ start, end }: SessionSample): boolean {
  return end <= (Math.floor(start / BLOCK_MS) + 1) * BLOCK_MS;
}

/** Of the session's own count: every session weighs the same, however many events it had. */
function unitOf({ start, cells }: SessionSample, kind: Kind): Unit | null {
  const own = cells.filter((cell) => cell.kind === kind);
  const total = own.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  const shares = new Map<string, number>();
  for (const { subject, count } of own) shares.set(subject, (shares.get(subject) ?? 0) + count / total);
  return { at: start, shares, sessions: 1 };
}

function joined(units: readonly Unit[], spanMs: number): Unit[] {
  const groups = Map.groupBy(units, ({ at }) => Math.floor(at / spanMs));
  return [...groups.values()].map(meanUnit);
}

function meanUnit(units: readonly Unit[]): Unit {
  const shares = new Map<string, number>();
  for (const unit of units) {
    for (const [subject, share] of unit.shares)
      shares.set(subject, (shares.get(subject) ?? 0) + share / units.length);
  }
  return { at: units[0]!.at, shares, sessions: units.length };
}

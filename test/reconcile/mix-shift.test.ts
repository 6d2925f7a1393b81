import { describe, expect, it } from 'vitest';
import type { SessionSample } from '../../src/model/observed.ts';
import { createRandom } from '../../src/reconcile/random.ts';
import { type MixShift, testMixShift } from '../../src/reconcile/statistics.ts';
import { DAY, HOUR, T0 } from './segments.ts';
import { blocks, session, sessions, sticky, zipf } from './traffic.ts';

const SUBJECTS = 20;
const REPLAYS = 1000;
/** Fewer than in production for speed; the p-value is exact at any number (smallest here: 1/200). */
const PERMUTATIONS = 199;
const LEVEL = 0.05;

function compare(
  window: SessionSample[],
  baseline: SessionSample[],
  seed = 1,
  permutations = PERMUTATIONS,
): MixShift {
  return testMixShift(window, baseline, { kind: 'egress', permutations, seed })!;
}

/** Largest number of alarms that 1,000 trials at the level give with 99.9 % (normal approximation). */
const MOST_ALARMS = REPLAYS * LEVEL + 3.09 * Math.sqrt(REPLAYS * LEVEL * (1 - LEVEL));

function alarms(pair: (seed: number) => [SessionSample[], SessionSample[]]): number {
  let flagged = 0;
  for (let seed = 1; seed <= REPLAYS; seed++) {
    const [window, baseline] = pair(seed);
    if (compare(window, baseline, seed).pValue <= LEVEL) flagged++;
  }
  return flagged;
}

describe('calibration over 1,000 replays of the same heavy-tailed, bursty traffic', () => {
  it('flags at most the stated rate', () => {
    const mix = zipf(SUBJECTS);
    const flagged = alarms((seed) => [sessions(40, mix, 2 * seed), sessions(120, mix, 2 * seed + 1)]);
    expect(flagged).toBeLessThanOrEqual(MOST_ALARMS);
    // A test that never fires is calibrated as well; this one uses most of its level.
    expect(flagged).toBeGreaterThan((REPLAYS * LEVEL) / 3);
  }, 60_000);

  it('does so for 15-minute blocks with another mix at night, compared with a window of one day', () => {
    const flagged = alarms((seed) => [blocks(1, 2 * seed, T0 + 14 * DAY), blocks(14, 2 * seed + 1)]);
    expect(flagged).toBeLessThanOrEqual(MOST_ALARMS);
  }, 60_000);

  it('does so where every second block repeats the one before it', () => {
    const flagged = alarms((seed) => [
      sticky(blocks(2, 2 * seed, T0 + 14 * DAY), 50, 10_000 + seed),
      sticky(blocks(14, 2 * seed + 1), 50, 20_000 + seed),
    ]);
    expect(flagged).toBeLessThanOrEqual(MOST_ALARMS);
  }, 60_000);

  it('does so where runs come in campaigns of similar ones', () => {
    const mix = zipf(SUBJECTS);
    const flagged = alarms((seed) => [
      sticky(sessions(100, mix, 2 * seed), 60, 10_000 + seed),
      sticky(sessions(300, mix, 2 * seed + 1), 60, 20_000 + seed),
    ]);
    expect(flagged).toBeLessThanOrEqual(MOST_ALARMS);
  }, 60_000);
});

describe('power', () => {
  it('finds a known shift of the mix, and says what moved', () => {
    const found = Array.from({ length: 50 }, (_, i) =>
      compare(sessions(60, zipf(SUBJECTS, 0.2), 1000 + i), sessions(200, zipf(SUBJECTS), 5000 + i), i, 999),
    );
    expect(found.filter(({ pValue }) => pValue <= LEVEL).length).toBeGreaterThanOrEqual(48);
    const movers = found.flatMap(({ movers: [first, second] }) => [first!.subject, second!.subject]);
    expect(movers.filter((subject) => subject === 'tcp/10.0.0.19:443').length).toBeGreaterThanOrEqual(45);
    expect(found[0]!.effect).toBeGreaterThan(found[0]!.expectedEffect);
  });

  it('finds it in blocks as well, with two days to compare', () => {
    const found = Array.from({ length: 50 }, (_, i) =>
      compare(blocks(2, 1000 + i, T0 + 14 * DAY, 0.2), blocks(14, 5000 + i), i),
    );
    expect(found.filter(({ pValue }) => pValue <= LEVEL).length).toBeGreaterThanOrEqual(45);
  });

  it('does not take one giant session for a shift', () => {
    const giant = { kind: 'egress' as const, subject: 'tcp/10.0.0.19:443', count: 10_000_000 };
    const window = sessions(60, zipf(SUBJECTS), 3);
    window[7] = { ...window[7]!, cells: [giant] };
    expect(compare(window, sessions(200, zipf(SUBJECTS), 4)).pValue).toBeGreaterThan(LEVEL);
  });
});

describe('the answer', () => {
  const [window, baseline] = [sessions(30, zipf(5), 1), sessions(60, zipf(5, 0.3), 2)];

  it('is the same for the same seed, and its movers add up to the effect', () => {
    const shift = compare(window, baseline, 9);
    expect(compare(window, baseline, 9)).toEqual(shift);
    const moved = shift.movers.reduce((sum, { window: w, baseline: b }) => sum + Math.abs(w - b), 0) / 2;
    expect(moved).toBeCloseTo(shift.effect, 10);
    expect(shift.movers.reduce((sum, mover) => sum + mover.window, 0)).toBeCloseTo(1, 10);
    expect(shift).toMatchObject({ seed: 9, sessions: { window: 30, baseline: 60 }, strata: 'none' });
  });

  it('stops early where nothing moved, and goes on where something did', () => {
    expect(compare(window, window, 1, 10_000).permutations).toBeLessThan(500);
    const shifted = compare(sessions(200, zipf(5), 1), sessions(200, zipf(5, 0.4), 2), 1, 5000);
    expect(shifted).toMatchObject({ permutations: 5000, pValue: 1 / 5001 });
  });

  it('says nothing where one side shows nothing of the kind', () => {
    expect(testMixShift(window, [], { kind: 'egress', permutations: 9, seed: 1 })).toBeNull();
    expect(testMixShift(window, baseline, { kind: 'process', permutations: 9, seed: 1 })).toBeNull();
  });

  it('compares without strata, and says so, where the window has hours that the baseline has not', () => {
    const at = (start: number) => [session(1, start, zipf(5), createRandom(1))];
    const shift = testMixShift(at(T0 + 3 * HOUR), at(T0 + 9 * HOUR), {
      kind: 'egress',
      permutations: 9,
      seed: 1,
    });
    expect(shift?.strata).toBe('none');
  });
});

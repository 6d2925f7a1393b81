/** The detectors on planted truth; how often the test itself errs is measured with the statistics. */
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/model/finding.ts';
import { cellOf, inputsOf } from './support/case.ts';

const USUAL = { '/usr/bin/python3.12 agent.py': 60, '/usr/bin/git': 20, '/usr/bin/rg': 15, '/bin/sh': 5 };

function compare(mix: Record<string, number>, seed: number): Finding[] {
  const observed = { seed, days: 7, sessions: 300, mix: { process: mix } };
  const baseline = { seed: seed + 1000, sessions: 600, mix: { process: USUAL } };
  return cellOf('process-shift', inputsOf({ about: '', observed, baseline, expect: {} })).findings;
}

describe('shifts', () => {
  it('are not seen in samples of the same work', () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);
    expect(seeds.flatMap((seed) => compare(USUAL, seed))).toEqual([]);
  });

  it('are seen where a quarter of the work moved, with the mover first', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const [finding] = compare({ ...USUAL, '/bin/sh': 40 }, seed);
      expect(finding!.shift!.movers[0]!.subject).toBe('/bin/sh');
      expect(finding!.shift!.qValue).toBeLessThanOrEqual(0.05);
      expect(finding!.shift!.effect).toBeGreaterThan(0.1);
    }
  });

  it('below the smallest effect are not worth a finding', () => {
    const [finding] = compare({ ...USUAL, '/bin/sh': 9 }, 3);
    expect(finding).toBeUndefined();
  });

  it('give the same figures from the same seed', () => {
    const mix = { ...USUAL, '/bin/sh': 40 };
    expect(compare(mix, 1)).toEqual(compare(mix, 1));
  });
});

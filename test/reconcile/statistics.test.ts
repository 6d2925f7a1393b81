import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, shuffle, xoshiro128 } from '../../src/reconcile/random.ts';
import { benjaminiHochberg, sampleCoverage } from '../../src/reconcile/statistics.ts';
import { draw } from './traffic.ts';

describe('Benjamini–Hochberg', () => {
  it('gives the q-values of the worked example (p.adjust(p, "BH") in R)', () => {
    const q = benjaminiHochberg([0.01, 0.04, 0.03, 0.005]);
    expect(q.map((value) => Number(value.toFixed(6)))).toEqual([0.02, 0.04, 0.04, 0.02]);
  });

  it('is monotone in p, at least p, at most 1, and leaves a single test alone', () => {
    expect(benjaminiHochberg([])).toEqual([]);
    expect(benjaminiHochberg([0.2])).toEqual([0.2]);
    const p = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(p, { minLength: 1, maxLength: 30 }), (values) => {
        const q = benjaminiHochberg(values);
        for (const [i, value] of values.entries()) {
          expect(q[i]!).toBeGreaterThanOrEqual(value);
          expect(q[i]!).toBeLessThanOrEqual(1);
          for (const [j, other] of values.entries())
            if (value < other) expect(q[i]!).toBeLessThanOrEqual(q[j]!);
        }
      }),
    );
  });
});

describe('Good–Turing sample coverage', () => {
  it('is what is left when the singletons are taken away', () => {
    expect(sampleCoverage({ singletons: 5, sightings: 100, sessions: 40 })).toBe(0.95);
    expect(sampleCoverage({ singletons: 3, sightings: 3, sessions: 3 })).toBe(0);
  });

  it('estimates the chance of a next session showing what was seen with the truth in the middle', () => {
    // 200 dimensions with Zipf weights, 60 sightings: the missing mass is known, since we made it.
    const weights = Array.from({ length: 200 }, (_, i) => 1 / (i + 1));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const errors = Array.from({ length: 300 }, (_, seed) => {
      const random = createRandom(seed);
      const counts = new Map<number, number>();
      for (let n = 0; n < 60; n++) {
        const i = draw(
          weights.map((weight) => weight / total),
          random,
        );
        counts.set(i, (counts.get(i) ?? 0) + 1);
      }
      const truth = [...counts.keys()].reduce((sum, i) => sum + weights[i]! / total, 0);
      const singletons = [...counts.values()].filter((count) => count === 1).length;
      return sampleCoverage({ singletons, sightings: 60, sessions: 60 })! - truth;
    });
    expect(Math.abs(errors.reduce((sum, error) => sum + error, 0) / errors.length)).toBeLessThan(0.02);
  });

  it('takes sessions as trials where nothing was sighted, and says nothing without sessions', () => {
    expect(sampleCoverage({ singletons: 0, sightings: 0, sessions: 19 })).toBe(0.95);
    expect(sampleCoverage({ singletons: 0, sightings: 0, sessions: 0 })).toBeNull();
  });
});

describe('the generator', () => {
  it('gives the reference sequence of xoshiro128** from the state 1, 2, 3, 4', () => {
    const next = xoshiro128(Uint32Array.of(1, 2, 3, 4));
    expect(Array.from({ length: 6 }, next)).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492]);
  });

  it('gives the same numbers for the same seed, and others for another', () => {
    const numbers = (seed: number) => {
      const random = createRandom(seed);
      return Array.from({ length: 100 }, () => random.below(1_000_000));
    };
    expect(numbers(42)).toEqual(numbers(42));
    expect(numbers(42)).not.toEqual(numbers(43));
  });

  it('is uniform: chi-square of 60,000 throws of a die below its 99.9 % quantile', () => {
    const random = createRandom(7);
    const faces = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) faces[random.below(6)]!++;
    expect(faces.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(20.5);
  });

  it('shuffles every order alike', () => {
    const random = createRandom(3);
    const orders = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const items = Int32Array.of(0, 1, 2, 3);
      shuffle(items, random);
      orders.set(items.join(), (orders.get(items.join()) ?? 0) + 1);
    }
    expect(orders.size).toBe(24);
    // 23 degrees of freedom, 99.9 %.
    const chi = [...orders.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chi).toBeLessThan(49.7);
  });
});

import { describe, expect, it } from 'vitest';
import { readCases, saidOf, withFingerprints } from './cloud-cases.ts';

const CASES = readCases('cloud');

describe('cloud and cluster calls', () => {
  it('has cases', () => expect(CASES.length).toBeGreaterThan(50));

  for (const one of CASES)
    it(one.file, () => {
      const said = saidOf(one).filter(({ kind }) => kind === 'cloud-action' || kind === 'kubernetes-action');
      expect(said.map(({ kind, subject, context }) => ({ kind, subject, context: context ?? null }))).toEqual(
        one.expect.map(({ kind, subject, context = null }) => ({ kind, subject, context })),
      );
      expect(said).toMatchObject(withFingerprints(one.expect));
    });
});

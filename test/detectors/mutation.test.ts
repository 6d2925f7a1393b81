/**
 * Every claim must survive a mutation: of each kind's `found` and `clean` case one input at a time is taken away, and
 * the cell must end as cannot-tell with the reason, never as silence.
 *
 * In the worse case the events that showed a use are lost with the input; that holds for every kind and both cases.
 * In the better case they were seen all the same, and then what was seen still counts:
 * a presence stays found, with the cannot-tell beside it (unless nothing could be added to it); a use that was seen
 * still proves that a capability is used, so an absence detector stays clean. An absence and a shift never stand.
 */
import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../src/detectors/index.ts';
import { cellOf, readCase } from './support/case.ts';
import { mutationsOf, withoutEvents } from './support/mutations.ts';

/** Complete by themselves: whatever else happened, nothing can be added to them. */
const COMPLETE = new Set(['unpoliced-egress', 'inherited-api-access']);

for (const detector of DETECTORS) {
  const { kind, needs } = detector;
  const found = readCase(kind, 'found');
  const clean = readCase(kind, 'clean');

  describe(kind, () => {
    it('is told without a mutation', () => {
      expect(cellOf(kind, found.inputs).findings.length).toBeGreaterThan(0);
      expect(cellOf(kind, found.inputs).cannotTell).toEqual([]);
      expect(cellOf(kind, clean.inputs)).toEqual({ findings: [], cannotTell: [] });
    });

    for (const { name, reason, apply, takes, onlyWithEvents } of mutationsOf(detector)) {
      const presence = !needs.absence && !needs.baseline && takes.length > 0;

      for (const { name: start, file } of takes.length > 0 ? [found, clean] : []) {
        it(`${start}, without ${name} and its events: ${reason}`, () => {
          const cell = cellOf(kind, withoutEvents(apply(file), takes));
          // Another signal may have seen it as well: then it stays found, and the cell is open all the same.
          if (!presence || start === 'clean') expect(cell.findings).toEqual([]);
          expect(cell.cannotTell).toMatchObject([{ reason }]);
        });
      }

      if (onlyWithEvents) continue;
      it(`found, without ${name}`, () => {
        const cell = cellOf(kind, apply(found.file));
        expect(cell.findings).toHaveLength(presence ? cellOf(kind, found.inputs).findings.length : 0);
        expect(cell.cannotTell).toMatchObject(presence && COMPLETE.has(kind) ? [] : [{ reason }]);
      });

      it(`clean, without ${name}`, () => {
        const cell = cellOf(kind, apply(clean.file));
        const proven = needs.absence && takes.length > 0;
        expect(cell.findings).toEqual([]);
        expect(cell.cannotTell).toMatchObject(proven ? [] : [{ reason }]);
      });
    }
  });
}

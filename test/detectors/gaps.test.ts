import { describe, expect, it } from 'vitest';
import { cannotTellSchema, findingSchema } from '../../src/model/finding.ts';
import { cellOf, readCases } from './support/case.ts';

const CASES = readCases();

describe('cases of the detectors', () => {
  it('are there', () => expect(CASES.length).toBeGreaterThan(20));

  for (const { kind, name, file, inputs } of CASES) {
    it(`${kind}/${name}: ${file.about.trim()}`, () => {
      const { findings, cannotTell } = cellOf(kind, inputs);
      const { findings: wanted = [], cannotTell: unknown = null } = file.expect;
      expect(findings).toMatchObject(wanted);
      expect(findings).toHaveLength(wanted.length);
      expect(cannotTell).toMatchObject(unknown === null ? [] : [unknown]);
      expect(cannotTell).toHaveLength(unknown === null ? 0 : 1);
      for (const finding of findings) findingSchema.parse(finding);
      for (const cell of cannotTell) cannotTellSchema.parse(cell);
    });
  }
});

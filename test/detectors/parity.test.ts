/** One name in four places, and no remedy of another gap. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CANNOT_TELL, REASON_ORDER } from '../../src/catalog/cannot-tell.ts';
import type { FindingText } from '../../src/catalog/finding-text.ts';
import { FINDINGS } from '../../src/catalog/findings.ts';
import { REFERENCES } from '../../src/catalog/references.ts';
import type { Draft } from '../../src/detectors/define-detector.ts';
import { DETECTORS } from '../../src/detectors/index.ts';
import { CANNOT_TELL_REASONS, FINDING_KINDS, type Finding } from '../../src/model/finding.ts';
import { cellOf, GAPS, readCases } from './support/case.ts';

const source = fileURLToPath(new URL('../../src/detectors/', import.meta.url));
const texts = Object.entries<FindingText>(FINDINGS);

describe('every finding kind', () => {
  it('has a detector, in the order of the model', () => {
    expect(DETECTORS.map(({ kind }) => kind)).toEqual([...FINDING_KINDS]);
  });

  it.each(FINDING_KINDS)('%s: file, text, and at least found and clean', (kind) => {
    expect(existsSync(`${source}${kind}.ts`)).toBe(true);
    expect(FINDINGS[kind].title).toMatch(/^[A-Z].{10,70}$/);
    expect(readdirSync(`${GAPS}${kind}`)).toEqual(expect.arrayContaining(['found', 'clean']));
  });

  it('agrees with its text on gap and discipline', () => {
    for (const { kind, gap, discipline } of DETECTORS)
      expect({ gap, discipline }).toMatchObject(pick(FINDINGS[kind]));
  });

  it.each(texts)('%s names its own gap and both others, and verified references', (_, text) => {
    expect(text.why.startsWith(`Gap ${text.gap}:`)).toBe(true);
    for (const other of [1, 2, 3].filter((gap) => gap !== text.gap))
      expect(text.why).toContain(`Not Gap ${other}`);
    expect(text.references.length).toBeGreaterThan(2);
    for (const reference of text.references) expect(REFERENCES).toHaveProperty([reference]);
  });
});

describe('every reason for cannot-tell', () => {
  it('has a place in the order, a meaning and something to do', () => {
    expect([...REASON_ORDER].sort()).toEqual([...CANNOT_TELL_REASONS].sort());
    for (const { meaning, todo } of Object.values(CANNOT_TELL)) {
      expect(meaning).toMatch(/^[A-Z].*\.$/);
      expect(todo).toMatch(/^[A-Z].*\.$/);
    }
  });
});

const FINDINGS_OF_CASES: Finding[] = readCases().flatMap(({ kind, inputs }) => cellOf(kind, inputs).findings);

describe('remedies', () => {
  it('of another gap do not compile', () => {
    const scopeDown = { scopeDown: { object: 'NetworkPolicy a/b', field: 'spec.egress[0]' } };
    // @ts-expect-error A Gap 2 draft cannot offer to narrow the agent's own policy.
    const second: Draft<2>['remedy'] = scopeDown;
    // @ts-expect-error A Gap 3 draft cannot name anything configured.
    const third: Draft<3>['remedy'] = scopeDown;
    expect([second, third]).toHaveLength(2);
  });

  it('leave no placeholder', () => {
    for (const { remedy, claim } of FINDINGS_OF_CASES)
      expect(`${claim} ${remedy.summary} ${remedy.ownPolicyWontHelp}`).not.toMatch(/[{}]|undefined|NaN/);
  });

  it('of Gap 1 name what to narrow, and nothing else', () => {
    for (const { remedy, configured } of FINDINGS_OF_CASES.filter(({ gap }) => gap === 1)) {
      expect(configured.path.map(({ object }) => object)).toContain(remedy.object);
      expect(remedy.ownPolicyWontHelp).toBeNull();
    }
  });

  it('of Gap 2 name the upstream object on the path, and say why the own policy will not help', () => {
    for (const { kind, remedy, configured } of FINDINGS_OF_CASES.filter(({ gap }) => gap === 2)) {
      const hop = configured.path.find(
        ({ object, field }) => object === remedy.object && field === remedy.field,
      );
      expect(hop).toBeDefined();
      // What no policy object can undo: a pod's own hostNetwork, and keys of its own that come before its identity.
      const own = hop!.field.endsWith('hostNetwork') || kind === 'displaced-identity';
      expect(hop!.inherited || own).toBe(true);
      expect(remedy.ownPolicyWontHelp).toContain(remedy.object);
    }
  });

  it('of Gap 3 touch no configuration', () => {
    const third = FINDINGS_OF_CASES.filter(({ gap }) => gap === 3);
    expect(third.length).toBeGreaterThan(2);
    for (const { remedy } of third)
      expect(remedy).toMatchObject({ object: null, field: null, ownPolicyWontHelp: null });
  });
});

function pick({ gap, discipline }: FindingText) {
  return { gap, discipline };
}

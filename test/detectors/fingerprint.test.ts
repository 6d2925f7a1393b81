import { describe, expect, it } from 'vitest';
import {
  canonical,
  evidenceFingerprint,
  identityFingerprint,
  shortIds,
} from '../../src/detectors/fingerprint.ts';
import type { Hop } from '../../src/model/configured.ts';
import { cellOf, inputsOf, readCase } from './support/case.ts';

const identity = {
  workload: 'k8s:uid/research/Deployment/report-agent',
  gap: 1,
  discipline: 'behavior',
  kind: 'unused-egress',
  subject: 'x',
} as const;
const hop: Hop = {
  object: 'NetworkPolicy a/b',
  ref: null,
  field: 'spec.egress[0]',
  why: 'allows',
  inherited: false,
};

describe('fingerprints', () => {
  /** Both computed by another program (Python's json and hashlib). */
  it('are pinned: a change of the scheme makes every finding of every user new', () => {
    expect(identityFingerprint(identity)).toBe(
      '3ad571d26db5b96873eae73f14b2c74938e67a37c0dc5d8d8fe2c08eae788694',
    );
    expect(evidenceFingerprint(identity, [hop])).toBe(
      'ee677076f8ce9dfca1c902b171e2372117871e1daa6d2d9ff7d27f728a27a5d4',
    );
  });

  it.each([
    ['workload', 'k8s:uid/research/Deployment/other'],
    ['gap', 2],
    ['kind', 'unread-secret'],
    ['subject', 'y'],
  ] as const)('differ by %s', (field, value) => {
    expect(identityFingerprint({ ...identity, [field]: value })).not.toBe(identityFingerprint(identity));
  });

  it('of evidence differ by path and not by its wording', () => {
    const moved = { ...hop, object: 'NetworkPolicy a/c' };
    expect(evidenceFingerprint(identity, [moved])).not.toBe(evidenceFingerprint(identity, [hop]));
    expect(evidenceFingerprint(identity, [{ ...hop, why: 'reworded' }])).toBe(
      evidenceFingerprint(identity, [hop]),
    );
  });

  it('do not depend on the order of keys', () => {
    expect(canonical({ b: 1, a: [null, 'x'] })).toBe('{"a":[null,"x"],"b":1}');
  });

  it('survive another window, other counts and another release of the same configuration', () => {
    const { file } = readCase('unused-egress', 'found');
    const before = cellOf('unused-egress', inputsOf(file)).findings[0]!;
    const later = {
      ...file,
      observed: { ...file.observed, days: 21, sessions: 900, rest: { revisions: ['9abc'], nodes: ['b'] } },
    };
    const after = cellOf('unused-egress', inputsOf(later)).findings[0]!;
    expect(after.claim).not.toBe(before.claim);
    expect([after.id, after.evidenceFingerprint]).toEqual([before.id, before.evidenceFingerprint]);
  });
});

describe('short ids', () => {
  const of = (...fingerprints: string[]) => [...shortIds(fingerprints).values()];

  it('are ten hex digits', () =>
    expect(of('0123456789abcdef', 'fedcba9876543210')).toEqual(['0123456789', 'fedcba9876']));

  it('grow only where two would read the same', () => {
    expect(of('0123456789abcdef', '0123456789abffff', 'fedcba9876543210')).toEqual([
      '0123456789abc',
      '0123456789abf',
      'fedcba9876',
    ]);
  });

  it('take a repeated fingerprint for one', () =>
    expect(of('0123456789abcdef', '0123456789abcdef')).toHaveLength(1));
});

import { describe, expect, it } from 'vitest';
import { numbered } from '../../src/detectors/compose.ts';
import type { Finding } from '../../src/model/finding.ts';
import { cellOf, readCase } from './support/case.ts';

const template = cellOf('unused-egress', readCase('unused-egress', 'found').inputs).findings[0]!;
const make = (fingerprint: string, changes: Partial<Finding> = {}): Finding => ({
  ...template,
  fingerprint,
  ...changes,
});
const hop = (object: string) => ({
  summary: '',
  path: [{ object, ref: null, field: 'f', why: 'w', inherited: false }],
});

describe('findings of a run', () => {
  it('are related where they rest on one object of one workload', () => {
    const [a, b, c, elsewhere] = numbered([
      make('aaaaaaaaaaaa', { configured: hop('Role x') }),
      make('bbbbbbbbbbbb', { configured: hop('Role x') }),
      make('cccccccccccc', { configured: hop('Role y') }),
      make('dddddddddddd', { configured: hop('Role x'), workload: 'other' }),
    ]);
    expect(a!.related).toEqual([b!.id]);
    expect(b!.related).toEqual([a!.id]);
    expect([c!.related, elsewhere!.related]).toEqual([[], []]);
  });

  it('keep one of two that are the same', () => {
    expect(numbered([make('aaaaaaaaaaaa'), make('aaaaaaaaaaaa')])).toHaveLength(1);
  });
});

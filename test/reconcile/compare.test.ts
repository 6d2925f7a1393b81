import { describe, expect, it } from 'vitest';
import type { CannotTell, Finding } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';
import { compareReports } from '../../src/reconcile/compare.ts';

const finding = (
  fingerprint: string,
  evidenceFingerprint = `${fingerprint}-e`,
  rest: Partial<Finding> = {},
) => ({ kind: 'unread-secret', workload: 'w', fingerprint, evidenceFingerprint, ...rest }) as Finding;
const doubt = (rest: Partial<CannotTell> = {}) =>
  ({
    kind: 'unread-secret',
    workload: 'w',
    reason: 'signal-missing',
    detail: 'file was not attached',
    ...rest,
  }) as CannotTell;
const scope = { cluster: 'c1', namespaces: ['a', 'b'], selector: null } as Report['scope'];
const earlier = (...findings: Finding[]) => ({ generatedAt: '2026-01-01', findings, scope }) as Report;
const now = (findings: Finding[], cannotTell: CannotTell[] = [], other: Partial<Report['scope']> = {}) => ({
  agents: [{ workload: 'w' }] as Report['agents'],
  findings,
  cannotTell,
  scope: { ...scope, ...other },
});

describe('comparison with an earlier report', () => {
  it('resolves nothing of an agent that only a snapshot could show, and none does', () => {
    const gone = (configuredOrigin: string | null) =>
      compareReports(earlier(finding('a')), { ...now([], [], { configuredOrigin }), agents: [] });
    expect(gone(null)).toMatchObject({
      resolved: [],
      incomparable: [{ fingerprint: 'a', reason: expect.stringMatching(/^no-snapshot/) }],
    });
    expect(gone('exports').resolved).toEqual(['a']);
  });

  it('sorts into new, unchanged and resolved', () => {
    expect(compareReports(earlier(finding('a'), finding('b')), now([finding('b'), finding('c')]))).toEqual({
      baselineGeneratedAt: '2026-01-01',
      new: ['c'],
      unchanged: ['b'],
      resolved: ['a'],
      incomparable: [],
    });
  });

  it('does not call resolved what cannot be told any more', () => {
    const { resolved, incomparable } = compareReports(earlier(finding('a')), now([], [doubt()]));
    expect(resolved).toEqual([]);
    expect(incomparable).toEqual([{ fingerprint: 'a', reason: 'signal-missing: file was not attached' }]);
  });

  it.each([{ workload: 'other' }, { kind: 'unread-token' as const }])(
    'is not misled by the doubt of another cell',
    (cell) => {
      expect(compareReports(earlier(finding('a')), now([], [doubt(cell)])).resolved).toEqual(['a']);
    },
  );

  it('takes another evidence path under the same identity for new', () => {
    const result = compareReports(
      earlier(finding('a', 'path-1')),
      now([finding('a', 'path-1'), finding('a', 'path-2')]),
    );
    expect(result).toMatchObject({ new: ['a'], unchanged: [], resolved: [] });
  });

  it('takes one of two paths less for unchanged', () => {
    const two = earlier(finding('a', 'path-1'), finding('a', 'path-2'));
    expect(compareReports(two, now([finding('a', 'path-2')]))).toMatchObject({ new: [], unchanged: ['a'] });
  });

  it.each([
    [{ cluster: 'c2' }, /another cluster: c1 then, c2 now/],
    [{ namespaces: ['a'] }, /other namespaces: a, b then, a now/],
    [{ namespaces: null }, /a, b then, all now/],
    [{ selector: 'app=x' }, /another selector: none then, app=x now/],
  ])('calls nothing resolved in another scope: %o', (other, reason) => {
    const { resolved, incomparable } = compareReports(earlier(finding('a')), now([], [], other));
    expect(resolved).toEqual([]);
    expect(incomparable[0]!.reason).toMatch(reason);
  });

  it('compares where the order of namespaces differs or a cluster is not known', () => {
    expect(
      compareReports(earlier(finding('a')), now([], [], { namespaces: ['b', 'a'], cluster: null })).resolved,
    ).toEqual(['a']);
  });
});

import { describe, expect, it } from 'vitest';
import { judge, parseGate } from '../../src/commands/gate.ts';
import type { CannotTell, Finding } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';

const finding = (id: string, gap: 1 | 2 | 3, severity: Finding['severity']) =>
  ({
    id,
    fingerprint: `${id}00ff`,
    gap,
    severity,
    label: 'research/report-agent',
    claim: 'it did',
  }) as Finding;
const AGENT = 'k8s:c1/research/Deployment/report-agent';
const cell = (gap: 1 | 2 | 3) =>
  ({
    gap,
    fingerprint: `c${gap}00ff`,
    kind: gap === 1 ? 'unused-egress' : 'unpoliced-egress',
    workload: AGENT,
    label: 'research/report-agent',
    detail: 'converging',
  }) as CannotTell;

function report(parts: Partial<Report>): Report {
  return {
    agents: [{ workload: AGENT }],
    findings: [],
    cannotTell: [],
    comparison: null,
    ...parts,
  } as Report;
}

function comparison(parts: Partial<NonNullable<Report['comparison']>>): Report['comparison'] {
  return { baselineGeneratedAt: '', new: [], unchanged: [], resolved: [], incomparable: [], ...parts };
}

describe('parseGate', () => {
  it.each(['gap4', 'gap2:urgent', 'gap2:new:old', 'gap2:toString', 'gap', 'GAP2'])(
    'refuses %s with what was expected',
    (text) => {
      expect(() => parseGate(text, true)).toThrow(/--fail-on does not know/);
    },
  );

  it('asks for a baseline where "new" is compared', () => {
    expect(() => parseGate('gap2:new', false)).toThrow(/none was given/);
  });

  it('takes a list with blanks', () => {
    expect(parseGate(' gap2:high:new , any ', true)).toMatchObject([
      { gap: 2, severity: 'high', onlyNew: true },
      { gap: null, severity: null, onlyNew: false },
    ]);
  });

  it('is empty without a gate', () => expect(parseGate(undefined, false)).toEqual([]));
});

describe('judge', () => {
  const two = report({ findings: [finding('aa', 1, 'high'), finding('bb', 2, 'medium')] });

  it.each([
    ['gap1', 1],
    ['gap2', 1],
    ['gap3', 0],
    ['any', 1],
    ['gap2:medium', 1],
    ['gap2:high', 0],
    ['any:critical', 0],
    ['', 0],
  ])('--fail-on %s exits %i', (gate, exitCode) => {
    expect(judge(two, parseGate(gate, false), [], null).exitCode).toBe(exitCode);
  });

  it('counts only new findings where asked', () => {
    const compared = { ...two, comparison: comparison({ new: ['aa00ff'], unchanged: ['bb00ff'] }) };
    expect(judge(compared, parseGate('gap2:new', true), [], null).exitCode).toBe(0);
    expect(judge(compared, parseGate('gap1:new', true), [], null).exitCode).toBe(1);
  });

  it('names the findings that tripped it', () => {
    expect(judge(two, parseGate('gap2', false), [], null).lines[0]).toBe(
      'gate: bb [G2] MEDIUM research/report-agent: it did',
    );
  });

  it('exits 3 where a gated cell was tellable in the baseline and is not now', () => {
    const lost = report({ cannotTell: [cell(2)], comparison: comparison({}) });
    const before = report({});
    expect(judge(lost, parseGate('gap2:new', true), [], before).exitCode).toBe(3);
    expect(judge(lost, parseGate('gap1:new', true), [], before).exitCode).toBe(0);
    expect(judge(lost, parseGate('gap2', true), [], before).exitCode).toBe(3);
  });

  it('does not where it could not be told before either, or its agent is new', () => {
    const lost = report({ cannotTell: [cell(2)] });
    expect(judge(lost, parseGate('gap2', true), [], report({ cannotTell: [cell(2)] })).exitCode).toBe(0);
    expect(judge(lost, parseGate('gap2', true), [], report({ agents: [] })).exitCode).toBe(0);
    expect(judge(lost, parseGate('gap2', false), [], null).exitCode).toBe(0);
  });

  it('exits 3 where an agent of the baseline is in neither posture, unless configuration says that it is gone', () => {
    const scope = (configuredOrigin: string | null) => ({ configuredOrigin }) as Report['scope'];
    const gone = report({ agents: [], scope: scope(null) });
    const verdict = judge(gone, parseGate('gap2:new', true), [], report({}));
    expect(verdict.exitCode).toBe(3);
    expect(verdict.lines[0]).toMatch(/cannot tell anything of/);
    expect(
      judge({ ...gone, scope: scope('exports') }, parseGate('gap2', true), [], report({})).exitCode,
    ).toBe(0);
    expect(judge(gone, [], [], report({})).exitCode).toBe(0);
  });

  it('exits 3 where --require-coverage names an untold cell; 1 wins over 3 and both are printed', () => {
    const both = report({ findings: [finding('bb', 2, 'low')], cannotTell: [cell(1)] });
    expect(judge(both, [], parseGate('gap1', false), null).exitCode).toBe(3);
    const verdict = judge(both, parseGate('gap2', false), parseGate('gap1', false), null);
    expect(verdict.exitCode).toBe(1);
    expect(verdict.lines.join('\n')).toMatch(/bb \[G2\][\s\S]*cannot tell \[G1\]/);
  });
});

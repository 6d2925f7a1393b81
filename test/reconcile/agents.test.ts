import { describe, expect, it } from 'vitest';
import type { CannotTell, Finding } from '../../src/model/finding.ts';
import { SIGNALS } from '../../src/model/kinds.ts';
import { agentRowSchema, coverageRowSchema } from '../../src/model/report.ts';
import { agentRows, coverageRows } from '../../src/reconcile/agents.ts';
import { createHistory } from '../../src/reconcile/history.ts';
import { buildLedger } from '../../src/reconcile/ledger.ts';
import { DEFAULT_THRESHOLDS } from '../../src/reconcile/thresholds.ts';
import { AGENT, covered, HOUR, segment, T0 } from './segments.ts';

const history = createHistory();
history.add(
  segment({
    rows: [{ kind: 'egress', subject: 'tcp/1.1.1.1:1' }],
    sessions: [{ id: 'a', cells: [] }],
    coverage: covered().map((row) =>
      row.signal === 'file' ? { ...row, observedMs: HOUR / 4, reason: 'shed' } : row,
    ),
  }),
);
const ledger = buildLedger({
  configured: null,
  observed: history.finish(),
  baseline: null,
  thresholds: DEFAULT_THRESHOLDS,
});

describe('the rows of the report', () => {
  it('count findings and doubts of the workload and state the worst coverage', () => {
    const findings = [1, 2, 2, 3].map((gap) => ({ workload: AGENT, gap }) as Finding);
    const cannotTell = [{ workload: AGENT }, { workload: 'other' }] as CannotTell[];
    const [row] = agentRows(ledger, findings, cannotTell);
    expect(agentRowSchema.parse(row)).toMatchObject({
      label: 'research/agent',
      used: 0,
      configured: 0,
      gap1: 1,
      gap2: 2,
      gap3: 1,
      cannotTell: 1,
      coverage: 0.25,
      windowMs: HOUR,
      sessions: 1,
      convergence: { artifact: { state: 'converged', why: null }, behavior: { state: 'converging' } },
    });
  });

  it('show coverage per signal as it is', () => {
    const rows = coverageRows(ledger);
    expect(rows).toHaveLength(SIGNALS.length);
    for (const row of rows) coverageRowSchema.parse(row);
    expect(rows.find(({ signal }) => signal === 'file')).toMatchObject({
      attachedSince: new Date(T0 - 1).toISOString(),
      observedMs: HOUR / 4,
      existedMs: HOUR,
      reasons: ['shed'],
    });
  });
});

/** From segments as they lie on disk to the verdict: two weeks of hours on two nodes, of which some get lost. */
import { describe, expect, it } from 'vitest';
import { detect } from '../../src/detectors/index.ts';
import type { FindingKind } from '../../src/model/finding.ts';
import { createHistory } from '../../src/reconcile/history.ts';
import { buildLedger } from '../../src/reconcile/ledger.ts';
import { DEFAULT_THRESHOLDS } from '../../src/reconcile/thresholds.ts';
import { covered, DAY, HOUR, peer, segment, T0 } from '../reconcile/segments.ts';
import { readCase, SEED } from './support/case.ts';
import { AGENT } from './support/observe.ts';

const GATEWAY = 'tcp/10.96.0.20:8443';
const PEER = peer(GATEWAY, {
  resolution: 'service',
  namespace: 'llm',
  name: 'llm-gateway',
  labels: { app: 'llm-gateway' },
  backends: ['10.1.2.3:8443'],
});

type Coverage = ReturnType<typeof covered>;
type Hour = { hour: number; node: string };

function hourOf({ hour, node }: Hour, change: (coverage: Coverage) => Coverage) {
  const start = T0 + hour * HOUR;
  return segment({
    node,
    bootId: `boot-${node}`,
    run: `run-${node}`,
    sequence: hour,
    start,
    rows: [
      {
        workload: AGENT,
        kind: 'egress',
        subject: GATEWAY,
        source: 'sensor:network',
        count: 4,
        last: HOUR - 1,
        sessions: 4,
      },
    ],
    sessions: [0, 1, 2, 3].map((quarter) => ({
      id: `${node}-${hour}-${quarter}`,
      workload: AGENT,
      start: (quarter * HOUR) / 4,
      end: (quarter * HOUR) / 4 + 1000,
      cells: [['egress', GATEWAY, 1]],
    })),
    coverage: change(covered(AGENT)),
    peers: [PEER],
  });
}

const HOURS: Hour[] = ['a', 'b'].flatMap((node) =>
  Array.from({ length: (14 * DAY) / HOUR }, (_, hour) => ({ hour, node })),
);

function judge(
  kind: FindingKind,
  hours: readonly Hour[],
  change: (coverage: Coverage, at: Hour) => Coverage = (c) => c,
) {
  const { configured } = readCase(kind, 'found').inputs;
  const history = createHistory();
  for (const at of hours) history.add(hourOf(at, (coverage) => change(coverage, at)));
  const thresholds = DEFAULT_THRESHOLDS;
  const ledger = buildLedger({ configured, observed: history.finish(), baseline: null, thresholds });
  const { findings, cannotTell } = detect(ledger, { thresholds, seed: SEED });
  return {
    found: findings.filter((one) => one.kind === kind).length,
    reasons: cannotTell.filter((one) => one.kind === kind).map((one) => one.reason),
  };
}

describe('two weeks of segments', () => {
  it('show what was never used', () => {
    expect(judge('unused-egress', HOURS)).toEqual({ found: 1, reasons: [] });
  });

  it('still do when the last hours of one node are missing: the other node was covered', () => {
    expect(
      judge(
        'unused-egress',
        HOURS.filter(({ hour, node }) => node === 'a' || hour < 300),
      ),
    ).toMatchObject({ found: 1 });
  });

  it('do not with a day gone on every node', () => {
    const rest = HOURS.filter(({ hour }) => hour < 100 || hour >= 124);
    expect(judge('unused-egress', rest)).toEqual({ found: 0, reasons: ['coverage-short'] });
  });

  it('do not where another account knows of pods on a node that was not covered', () => {
    const more = judge('unused-egress', HOURS, (rows) =>
      rows.map((row) => ({ ...row, existedMs: 1.2 * HOUR })),
    );
    expect(more).toEqual({ found: 0, reasons: ['coverage-short'] });
  });

  it('do not with one event lost in one hour of one node', () => {
    const lossy = judge('unused-egress', HOURS, (rows, { hour, node }) =>
      rows.map((row) =>
        row.signal === 'network' && hour === 77 && node === 'b' ? { ...row, lost: 1 } : row,
      ),
    );
    expect(lossy).toEqual({ found: 0, reasons: ['signal-lossy'] });
  });

  it('do not where one node had no network probes', () => {
    const blind = judge('unused-egress', HOURS, (rows, { node }) =>
      rows.map((row) =>
        row.signal === 'network' && node === 'b' ? { ...row, attachedSince: -1, observedMs: 0 } : row,
      ),
    );
    expect(blind).toEqual({ found: 0, reasons: ['coverage-short'] });
  });

  it('show an unread Secret once a rollout replaced what ran before the probes', () => {
    const ranBefore =
      (last: number) =>
      (rows: Coverage, { hour }: Hour) =>
        rows.map((row) => ({ ...row, instances: 1, startsSeen: hour <= last ? 0 : 1 }));
    expect(judge('unread-secret', HOURS, ranBefore(30)).reasons).not.toContain('start-not-seen');
    expect(judge('unread-secret', HOURS, ranBefore(30)).found).toBe(1);
    expect(judge('unread-secret', HOURS, ranBefore(14 * 24))).toEqual({
      found: 0,
      reasons: ['start-not-seen'],
    });
  });
});

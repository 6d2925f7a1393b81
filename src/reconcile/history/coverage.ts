import { SIGNALS, type Signal } from '../../model/kinds.ts';
import type { SignalCoverage } from '../../model/observed.ts';
import { sortedUnique } from './order.ts';
import type { PackedSegment } from './pack.ts';

type Row = { segment: PackedSegment; row: number };

/** A segment in which the workload was, and its index there. */
export type Presence = { segment: PackedSegment; local: number };

/** Coverage of one workload over the window segments whose counts stand. */
export function mergeCoverage(presences: readonly Presence[]): Record<Signal, SignalCoverage> {
  const entries = SIGNALS.map((signal) => [signal, coverageOf(signal, presences)] as const);
  return Object.fromEntries(entries) as Record<Signal, SignalCoverage>;
}

function coverageOf(signal: Signal, presences: readonly Presence[]): SignalCoverage {
  const rows = presences.flatMap((presence) => rowsOf(signal, presence));
  const attached = rows.filter(({ segment, row }) => segment.coverage.attachedSince[row]! >= 0);
  const sum = (column: Summable) =>
    rows.reduce((total, { segment, row }) => total + segment.coverage[column][row]!, 0);
  return {
    signal,
    attachedSegments: new Set(attached.map(({ segment }) => segment.id)).size,
    segments: new Set(presences.map(({ segment }) => segment.id)).size,
    attachedSince: attached.reduce<number | null>((earliest, { segment, row }) => {
      const since = segment.coverage.attachedSince[row]!;
      return earliest === null || since < earliest ? since : earliest;
    }, null),
    attempted: sum('attempted'),
    lost: sum('lost'),
    truncated: sum('truncated'),
    collapsed: sum('collapsed'),
    observedMs: sum('observedMs'),
    existedMs: sum('existedMs') + unstatedExistence(signal, presences),
    instances: sum('instances'),
    startsSeen: sum('startsSeen'),
    startsMissedUntil: startsMissedUntil(rows),
    reasons: sortedUnique(rows.map(({ segment, row }) => segment.coverageReasons[row] ?? null)),
  };
}

function startsMissedUntil(rows: readonly Row[]): number | null {
  const missed = rows.filter(
    ({ segment, row }) => segment.coverage.startsSeen[row]! < segment.coverage.instances[row]!,
  );
  return missed.reduce<number | null>((latest, { segment }) => Math.max(latest ?? 0, segment.end), null);
}

type Summable =
  | 'attempted'
  | 'lost'
  | 'truncated'
  | 'collapsed'
  | 'observedMs'
  | 'existedMs'
  | 'instances'
  | 'startsSeen';

function rowsOf(signal: Signal | null, { segment, local }: Presence): Row[] {
  const rows = segment.coverageRows.get(local) ?? [];
  return rows
    .filter((row) => signal === null || segment.coverage.signal[row] === signal)
    .map((row) => ({ segment, row }));
}

/** A segment without a row for the signal did not cover it, but the workload existed: as long as its other rows say. */
function unstatedExistence(signal: Signal, presences: readonly Presence[]): number {
  let ms = 0;
  for (const presence of presences) {
    if (rowsOf(signal, presence).length > 0) continue;
    const stated = rowsOf(null, presence).map(({ segment, row }) => segment.coverage.existedMs[row]!);
    ms += stated.length > 0 ? Math.max(...stated) : presence.segment.end - presence.segment.start;
  }
  return ms;
}

import { clusters } from './expected.ts';
import { compareText } from './order.ts';
import type { PackedSegment } from './pack.ts';

/**
 * Two sensor runs that watched one workload on one boot at the same time saw the same events, so their counts are
 * not added up. Decided per segment and workload: the better covered one counts, by covered time over all signals
 * weighed with the share delivered, then by id. The other keeps its presence: what it saw was there, so nothing
 * that any run saw is ever called unseen, but it adds no count, session or covered time.
 */
export type Claim = { segment: PackedSegment; workload: number; score: number };

/** Claims that do not count, by segment: workload numbers. */
export type Yielded = ReadonlyMap<PackedSegment, ReadonlySet<number>>;

type Loss = { loser: PackedSegment; winner: PackedSegment; segments: Set<string>; workloads: Set<number> };

export function resolveOverlaps(claims: readonly Claim[]): { yielded: Yielded; notes: string[] } {
  const yielded = new Map<PackedSegment, Set<number>>();
  const losses = new Map<string, Loss>();
  for (const group of groupByBootAndWorkload(claims)) {
    for (const cluster of clustersInTime(group)) {
      for (const { claim, to } of losers(cluster)) {
        const workloads = yielded.get(claim.segment) ?? new Set();
        yielded.set(claim.segment, workloads.add(claim.workload));
        const key = `${claim.segment.bootId}/${claim.segment.run}/${to.segment.run}`;
        const ends = { loser: claim.segment, winner: to.segment };
        const loss = losses.get(key) ?? { ...ends, segments: new Set(), workloads: new Set() };
        losses.set(key, loss);
        loss.segments.add(claim.segment.id);
        loss.workloads.add(claim.workload);
      }
    }
  }
  return { yielded, notes: [...losses.values()].map(noteOf) };
}

/** Covered ms over all signals that were attached, each weighed with the share of its events that arrived. */
export function coverageScore({ coverage, coverageRows }: PackedSegment, local: number): number {
  let score = 0;
  for (const row of coverageRows.get(local) ?? []) {
    if (coverage.attachedSince[row]! < 0) continue;
    const attempted = coverage.attempted[row]!;
    score += coverage.observedMs[row]! * (attempted === 0 ? 1 : coverage.delivered[row]! / attempted);
  }
  return score;
}

function groupByBootAndWorkload(claims: readonly Claim[]): Claim[][] {
  const groups = new Map<string, Map<number, Claim[]>>();
  for (const claim of claims) {
    const boot = groups.get(claim.segment.bootId) ?? new Map<number, Claim[]>();
    groups.set(claim.segment.bootId, boot);
    const group = boot.get(claim.workload);
    if (group) group.push(claim);
    else boot.set(claim.workload, [claim]);
  }
  return [...groups.values()].flatMap((boot) => [...boot.values()]);
}

/** Only chains of overlapping claims with two sensor runs in them need a decision. */
function clustersInTime(claims: readonly Claim[]): Claim[][] {
  const intervals = claims.map((claim) => ({ claim, start: claim.segment.start, end: claim.segment.end }));
  return clusters(intervals)
    .map((cluster) => cluster.map(({ claim }) => claim))
    .filter((cluster) => cluster.some(({ segment }) => segment.run !== cluster[0]!.segment.run));
}

function losers(cluster: readonly Claim[]): { claim: Claim; to: Claim }[] {
  const best = [...cluster].sort(
    (a, b) =>
      b.score - a.score ||
      compareText(a.segment.run, b.segment.run) ||
      a.segment.sequence - b.segment.sequence,
  );
  const counted: Claim[] = [];
  const lost: { claim: Claim; to: Claim }[] = [];
  for (const claim of best) {
    const winner = counted.find((other) => conflict(claim.segment, other.segment));
    if (winner) lost.push({ claim, to: winner });
    else counted.push(claim);
  }
  return lost;
}

function conflict(a: PackedSegment, b: PackedSegment): boolean {
  return a.run !== b.run && a.start < b.end && b.start < a.end;
}

/** Each run may be the better one for some of the workloads: said of how many. */
function noteOf({ loser, winner, segments, workloads }: Loss): string {
  return (
    `node ${loser.node}: sensor runs ${loser.run} and ${winner.run} watched the same workloads at the same time; ` +
    `${winner.run} was better covered for ${workloads.size} of them and counts there, ` +
    `${segments.size} segment(s) of ${loser.run} add presence only`
  );
}

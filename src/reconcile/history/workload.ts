import type { Observed, ObservedWorkload } from '../../model/observed.ts';
import type { ArtifactDetail, Peer } from '../../model/snapshot.ts';
import { mergeArtifacts } from './artifacts.ts';
import { mergeCoverage, type Presence } from './coverage.ts';
import { mergeDetails, mergeImages, type Sayings } from './details.ts';
import { discoveryOf } from './discovery.ts';
import { type EpochStates, mergeEpochs } from './epochs.ts';
import { foldedOf } from './folded.ts';
import type { Keys } from './keys.ts';
import { byText, sortedUnique } from './order.ts';
import type { Yielded } from './overlap.ts';
import { mergePeers } from './peers.ts';
import { stands } from './presences.ts';
import { populationOf, type SessionMerge, sampleOf, sessionSample } from './sessions.ts';
import type { FirstSights, Subjects } from './subjects.ts';
import { createTimeline } from './timeline.ts';

/** What was merged over all workloads at once, by the number of the owning workload. */
export type Merged = {
  keys: Keys;
  subjects: Subjects;
  yielded: Yielded;
  observations: ReadonlyMap<number, Observed[]>;
  sessions: ReadonlyMap<number, SessionMerge>;
  firstSeen: FirstSights;
  artifacts: ReadonlyMap<number, ReadonlyMap<number, ArtifactDetail[]>>;
  peers: ReadonlyMap<number, ReadonlyMap<number, Peer[]>>;
  sayings: ReadonlyMap<string, Sayings>;
  epochs: ReadonlyMap<
    number,
    readonly (readonly [number, EpochStates extends Map<number, infer C> ? C : never])[]
  >;
};

/** `index`: position in the posture, which the merged tables refer to. */
export function workloadOf(
  workload: number,
  index: number,
  presences: readonly Presence[],
  merged: Merged,
): ObservedWorkload {
  const { keys, subjects, yielded } = merged;
  const id = keys.strings.text(workload)!;
  const windows = presences.filter(({ segment }) => !segment.now);
  const looked = windows.length > 0 ? windows : presences;
  const timeline = createTimeline(windows.map(({ segment: { start, end } }) => ({ start, end })));
  const sessions = merged.sessions.get(workload);
  const sample = sessions ? sampleOf(sessions, subjects) : [];
  return {
    id,
    meta: { ...latestMeta(presences), id },
    start: Math.min(...looked.map(({ segment }) => segment.start)),
    end: Math.max(...looked.map(({ segment }) => segment.end)),
    coveredMs: timeline.coveredMs,
    segments: presences.length,
    partialSegments: presences.filter(({ segment }) => !segment.complete).length,
    nowOnly: windows.length === 0,
    nodes: sortedUnique(presences.map(({ segment }) => segment.node)),
    revisions: sortedUnique(presences.map((presence) => metaOf(presence).revision)),
    observations: merged.observations.get(workload) ?? [],
    coverage: mergeCoverage(presences.filter(({ segment }) => stands(segment, workload, yielded))),
    sessions: sample.map((session) => sessionSample(session, keys)),
    sessionPopulation: sessions ? populationOf(sessions) : 0,
    epochs: mergeEpochs(
      (merged.epochs.get(workload) ?? []).map(([, chains]) => chains),
      index,
    ),
    artifacts: artifactsOf(merged.artifacts.get(workload), index),
    peers: peersOf(merged.peers.get(workload)),
    ...sayingsOf(presences, workload, index, merged),
    ...discoveryOf(workload, merged.firstSeen, sample, timeline, keys),
    folded: foldedOf(presences),
  };
}

function metaOf({ segment, local }: Presence) {
  return segment.metas[local]!;
}

/** The newest knowledge of the workload; its cluster where any segment learned it. */
function latestMeta(presences: readonly Presence[]): ObservedWorkload['meta'] {
  const ordered = [...presences].sort((a, b) => a.segment.end - b.segment.end);
  const latest = metaOf(ordered.at(-1)!);
  const cluster =
    latest.cluster ?? ordered.map((presence) => metaOf(presence).cluster).find((one) => one !== null);
  return { ...latest, cluster: cluster ?? null };
}

function artifactsOf(
  bySubject: ReadonlyMap<number, ArtifactDetail[]> | undefined,
  index: number,
): ArtifactDetail[] {
  const details = [...(bySubject?.values() ?? [])].flatMap((variants) =>
    mergeArtifacts(variants.map((variant) => ({ ...variant, workload: index }))),
  );
  return details.sort(
    byText(
      (one) => one.kind,
      (one) => one.subject,
    ),
  );
}

/** Of the segments that stand: two runs that saw the same are not added up. */
function sayingsOf(presences: readonly Presence[], workload: number, index: number, merged: Merged) {
  const standing = presences.filter(({ segment }) => stands(segment, workload, merged.yielded));
  const said = standing.flatMap(({ segment, local }) => {
    const sayings = merged.sayings.get(segment.id);
    return sayings
      ? [{ details: sayings.details.get(local) ?? [], images: sayings.images.get(local) ?? [] }]
      : [];
  });
  return {
    details: mergeDetails(
      said.flatMap(({ details }) => details),
      index,
    ),
    images: mergeImages(
      said.flatMap(({ images }) => images),
      index,
    ),
  };
}

function peersOf(bySubject: ReadonlyMap<number, Peer[]> | undefined): Map<string, Peer> {
  const peers = [...(bySubject?.values() ?? [])].map(mergePeers);
  return new Map(peers.sort(byText((peer) => peer.subject)).map((peer) => [peer.subject, peer]));
}

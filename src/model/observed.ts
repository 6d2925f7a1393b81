/** The operational posture: what reconcile/ makes of all segments together. */
import type { Discipline, Kind, Signal } from './kinds.ts';
import type { ArtifactDetail, Detail, Epoch, Peer, SegmentWorkload, TlsImage } from './snapshot.ts';

export type Observed = {
  kind: Kind;
  subject: string;
  container: string | null;
  /** Process instance classes that did it, most frequent first. */
  processes: readonly string[];
  principal: string | null;
  context: string | null;
  /** `sensor:file` … */
  sources: readonly string[];
  count: number;
  bytes: number;
  records: number;
  errors: number;
  denied: number;
  /** Epoch ms. */
  first: number;
  last: number;
  sessions: number;
};

export type SignalCoverage = {
  signal: Signal;
  /** Segments in which the family was attached ÷ all segments of the workload. */
  attachedSegments: number;
  segments: number;
  /** Earliest attachment, epoch ms; null: never attached. */
  attachedSince: number | null;
  attempted: number;
  lost: number;
  truncated: number;
  collapsed: number;
  observedMs: number;
  existedMs: number;
  instances: number;
  startsSeen: number;
  /**
   * End of the last segment in which a process instance lived that was not seen starting, epoch ms; null: none did.
   * Every instance alive in later segments was seen starting, so a whole start-up is on record.
   */
  startsMissedUntil?: number | null;
  /** Why it was refused or incomplete, each reason once. */
  reasons: readonly string[];
};

export type SessionSample = {
  id: string;
  start: number;
  end: number;
  revision: string | null;
  cells: readonly { kind: Kind; subject: string; count: number }[];
  overflow: boolean;
};

export type ObservedWorkload = {
  id: string;
  meta: SegmentWorkload;
  start: number;
  end: number;
  /** Length of the union of its window segments, ms: `end - start` without the holes. Spans are measured in this. */
  coveredMs: number;
  segments: number;
  /** Segments that were cut short. */
  partialSegments: number;
  /** Only iterators ran (`--now`): presence only. */
  nowOnly: boolean;
  nodes: readonly string[];
  revisions: readonly string[];
  observations: readonly Observed[];
  coverage: Readonly<Record<Signal, SignalCoverage>>;
  sessions: readonly SessionSample[];
  /** Sessions there were, of which `sessions` is the sample. */
  sessionPopulation: number;
  epochs: readonly (Epoch & { subjectId: string })[];
  artifacts: readonly ArtifactDetail[];
  peers: ReadonlyMap<string, Peer>;
  details: readonly Detail[];
  images: readonly TlsImage[];
  /** Newly observed dimensions per 24 h of `coveredMs`, per discipline: the coverage-stop input. */
  newPerDay: Readonly<Record<Discipline, readonly number[]>>;
  /** Dimensions seen in exactly one session, and all session-level sightings: Good–Turing's input. */
  singletons: Readonly<Record<Discipline, number>>;
  sightings: Readonly<Record<Discipline, number>>;
  folded: Readonly<Partial<Record<Kind, { subjects: number; templates: number }>>>;
};

/** Of all nodes and segments, ms of processor time. */
export type ObservedCost = {
  /** Length of all segments, added up. */
  windowMs: number;
  sensorMs: number;
  collectMs: number;
  /** Each attached program, those on user functions included; these cost a trap besides, which is in no figure. */
  probes: readonly { family: string; program: string; runMs: number; runs: number }[];
};

export type ObservedPosture = {
  workloads: readonly ObservedWorkload[];
  start: number;
  end: number;
  segments: number;
  cost?: ObservedCost | null;
  /** What the merge had to decide: duplicates dropped, overlaps resolved, clock jumps, mixed key ids. */
  notes: readonly string[];
};

/**
 * The snapshot file: JSON lines, zstd-compressed where the name ends in `.zst`. Line 1 is the manifest, each
 * further line one immutable segment whose bytes (without the newline) the manifest names by SHA-256. So a
 * truncated, edited or mixed-up file is told apart from a whole one, and headers are read without the data.
 *
 * Tables are columnar and dictionary-coded: a column is an array, all columns of a table have one length, and an
 * integer column named in DICT_COLUMNS points into `dict` (-1: none). Times are epoch milliseconds; `first`/`last`
 * and session times are offsets from the segment's `start`.
 */
import { z } from 'zod';
import { SIGNALS } from './kinds.ts';
import { familySchema } from './wire.ts';

export const SNAPSHOT_FORMAT = 'ai-spm/snapshot';
export const SNAPSHOT_VERSION = 1;

const ms = z.int();
const count = z.int().nonnegative();
const column = z.array(z.int());
const counts = z.array(count);
const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const name = z.string().max(4096);

/** (boot id, sensor run, sequence) identify a segment; two contents under one id are an error. */
const segmentId = {
  bootId: z.string().max(64),
  run: z.string().max(64),
  sequence: count,
};

export const manifestSchema = z.strictObject({
  format: z.literal(SNAPSHOT_FORMAT),
  version: z.literal(SNAPSHOT_VERSION),
  createdBy: z.string().max(128),
  segments: z
    .array(
      z.strictObject({
        ...segmentId,
        node: name,
        start: ms,
        end: ms,
        complete: z.boolean(),
        sha256: hex64,
        bytes: count,
      }),
    )
    .max(100_000),
});

/** How a workload's identity was resolved; `unresolved` keeps its cgroup path as name. */
const workload = z.strictObject({
  /** See workloadId in model/workload.ts. */
  id: name,
  unit: z.enum(['kubernetes', 'container', 'systemd', 'process', 'unresolved']),
  resolvedBy: z.enum(['api', 'pod-list', 'runtime', 'cgroup', 'proc', 'none', 'override']),
  cluster: name.nullable(),
  namespace: name.nullable(),
  kind: name.nullable(),
  name: name,
  labels: z.record(z.string().max(512), z.string().max(512)),
  serviceAccount: name.nullable(),
  /** Pod-template hash or unit file hash: what a rollout changes. */
  revision: name.nullable(),
  containers: z
    .array(z.strictObject({ name: name, image: name.nullable(), digest: name.nullable() }))
    .max(256),
  /** Pods, containers (or process instances on a bare host) seen in this segment. */
  instances: count,
});

/** What a dialled address was when it was dialled; addresses are reused, so this cannot be asked later. */
const peer = z.strictObject({
  /** The egress subject, `tcp/10.96.0.20:443`. */
  subject: name,
  resolution: z.enum(['pod', 'service', 'node', 'host-network', 'external', 'loopback', 'unresolved']),
  namespace: name.nullable(),
  name: name.nullable(),
  labels: z.record(z.string().max(512), z.string().max(512)),
  /** Addresses behind a Service at that moment, `10.1.2.3:8443`. */
  backends: z.array(name).max(64),
});

/** Detail of an artifact subject: what the AI-BOM needs beyond the name. */
const artifact = z.strictObject({
  workload: z.int(),
  kind: name,
  subject: name,
  name: name,
  version: name.nullable(),
  /** Package URL where the ecosystem has one. */
  purl: name.nullable(),
  path: name.nullable(),
  format: name.nullable(),
  size: count.nullable(),
  sha256: hex64.nullable(),
  /** How it came to be known as loaded: `mapped`, `opened`, `imported`, `executed`. Installed only: `installed`. */
  state: z.enum(['installed', 'opened', 'mapped', 'imported', 'executed']),
  /** The catalog rule that named it. */
  rule: name,
});

/**
 * What a subject was, beyond its name: sums (token counts, streamed calls, readings that were cut) and distinct words
 * (answered models, tools on offer, argument shapes). Names and numbers, never text of bodies.
 */
const detail = z.strictObject({
  workload: z.int(),
  kind: name,
  subject: name,
  sums: z.record(z.string().max(64), count),
  words: z.record(z.string().max(64), z.array(name).max(1024)),
  /** Words were left out: there were more than are kept. */
  cut: z.boolean(),
});

/** An executable or library whose TLS plaintext was asked for. `opaque`: it speaks TLS, and nothing of it is seen. */
const image = z.strictObject({
  workload: z.int(),
  path: name,
  buildId: name.nullable(),
  library: z.enum(['openssl', 'boringssl', 'gnutls', 'go', 'none', 'unknown']),
  tier: z.enum(['symbol', 'gopclntab', 'pattern']).nullable(),
  status: z.enum(['attached', 'opaque', 'none', 'refused', 'detached']),
  probes: count,
  reason: name.nullable(),
});

export const observationColumns = z.strictObject({
  workload: column,
  container: column,
  /** Process instance class: executable and script or module, without pid. */
  process: column,
  principal: column,
  kind: column,
  subject: column,
  context: column,
  source: column,
  count: counts,
  bytes: counts,
  records: counts,
  errors: counts,
  /** 403 and AccessDenied: attempts, not use. Contained in `errors`. */
  denied: counts,
  first: counts,
  last: counts,
  /** Distinct sessions in this segment. */
  sessions: counts,
});

/** Sparse counts in CSR form: session i owns cells offset[i] … offset[i+1]-1. */
export const sessionColumns = z.strictObject({
  /** Keyed hash, hex. */
  id: z.array(z.string().max(64)),
  workload: column,
  start: counts,
  end: counts,
  revision: column,
  offset: counts,
  /** Cells: kind and subject as dictionary indexes, and how often. */
  cellKind: column,
  cellSubject: column,
  cellCount: counts,
  /** 1 where the session had more than the kept cells. */
  overflow: counts,
});

/** Bottom-k sampling per workload and segment: inclusion rate = kept / population. */
const sampling = z.strictObject({ workload: z.int(), population: count, kept: count });

const epoch = z.strictObject({
  workload: z.int(),
  /** Catalog, model residency, identity, inventory … */
  thing: z.enum([
    'library-inventory',
    'model-residency',
    'mcp-catalog',
    'model-alias',
    'prompt-template',
    'identity',
    'process-inventory',
  ]),
  subject: name,
  ordinal: count,
  start: ms,
  end: ms,
  hash: z.string().max(128),
  members: z.array(name).max(20_000),
});

export const coverageColumns = z.strictObject({
  workload: column,
  signal: z.array(z.enum(SIGNALS)),
  /** Epoch ms since when the family was attached; -1: it was not, see `reason`. */
  attachedSince: z.array(z.int()),
  attempted: counts,
  delivered: counts,
  lost: counts,
  truncated: counts,
  collapsed: counts,
  /** Milliseconds of this workload's existence that were covered, and that there were, summed over its pods. */
  observedMs: counts,
  existedMs: counts,
  /** Process instances, and how many of them started under observation. */
  instances: counts,
  startsSeen: counts,
  /** Dictionary index, -1: none. */
  reason: column,
});

export const segmentSchema = z.strictObject({
  ...segmentId,
  node: z.strictObject({
    name,
    machineId: name,
    kernel: name,
    arch: name,
    cpus: count,
    cgroup: z.enum(['v1', 'v2']),
  }),
  start: ms,
  end: ms,
  /** `now`: iterators only, so nothing about absence can be read from it. */
  mode: z.enum(['window', 'now']),
  complete: z.boolean(),
  /** Why not complete: interrupted, sensor died, disk … */
  partialReason: name.nullable(),
  /** Largest jump of the wall clock against the boot clock within the segment, ms. */
  clockJumpMs: z.int(),
  sensor: z.strictObject({ version: name, wire: count, families: z.array(familySchema) }),
  cost: z.strictObject({
    cpuMs: count,
    rssBytes: count,
    bpf: z.array(z.strictObject({ program: name, runNs: count, runCount: count })),
    collectCpuMs: count,
  }),
  /** Id of the estate key under which keyed hashes were made; different ids are incomparable, not different. */
  fingerprintKeyId: name.nullable(),
  /** Subjects folded into templates because a workload and kind had more than the limit. */
  folded: z.array(z.strictObject({ workload: z.int(), kind: name, subjects: count, templates: count })),
  dict: z.array(name),
  workloads: z.array(workload),
  peers: z.array(peer),
  artifacts: z.array(artifact),
  details: z.array(detail).max(100_000).default([]),
  images: z.array(image).max(10_000).default([]),
  observations: observationColumns,
  sessions: sessionColumns,
  sampling: z.array(sampling),
  epochs: z.array(epoch),
  coverage: coverageColumns,
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestEntry = Manifest['segments'][number];
export type Segment = z.infer<typeof segmentSchema>;
/** As it is made and read: the numbers of its large tables may lie in flat arrays. */
export type ReadSegment = Omit<Segment, 'observations' | 'sessions'> & {
  observations: Readonly<Record<keyof ObservationColumns, ArrayLike<number>>>;
  sessions: { id: string[] } & Readonly<Record<Exclude<keyof SessionColumns, 'id'>, ArrayLike<number>>>;
};
export type SegmentWorkload = z.infer<typeof workload>;
export type Peer = z.infer<typeof peer>;
export type ArtifactDetail = z.infer<typeof artifact>;
export type Detail = z.infer<typeof detail>;
export type TlsImage = z.infer<typeof image>;
export type Epoch = z.infer<typeof epoch>;
export type ObservationColumns = z.infer<typeof observationColumns>;
export type SessionColumns = z.infer<typeof sessionColumns>;
export type CoverageColumns = z.infer<typeof coverageColumns>;

/** Columns whose integers point into `dict`. */
export const DICT_COLUMNS = {
  observations: ['container', 'process', 'principal', 'kind', 'subject', 'context', 'source'],
  sessions: ['revision', 'cellKind', 'cellSubject'],
  coverage: ['reason'],
} as const;

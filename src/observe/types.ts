/** What the fold is given, and the few shapes that its callers meet. */
import type { ArtifactDetail, Peer, SegmentWorkload } from '../model/snapshot.ts';
import type { CgroupPath } from './workload/cgroup-path.ts';

/** Answer of the attribution: which workload a cgroup (one container of one pod) belongs to. */
export type WorkloadInfo = Omit<SegmentWorkload, 'containers' | 'instances'> & {
  /** Which of the pod's containers this cgroup is. */
  container: string | null;
  image: string | null;
  digest: string | null;
  /** Pod uid (or what plays its part): `instances` counts distinct ones. */
  instance: string;
  /** `system:serviceaccount:ns:name`; null where no identity is known. */
  principal: string | null;
};

export type CgroupRef = {
  id: string;
  /** Relative to the hierarchy's root. */
  path: string;
  parsed: CgroupPath;
};

/** Root of a process tree on a bare host, as far as a workload may be named after it. */
export type HostProcess = {
  pid: number;
  uid: number;
  exe: string;
  script: string;
  cwd: string;
  cgroup: CgroupRef;
};

export type ResolvedPeer = Omit<Peer, 'subject'>;

export type Limits = {
  /** Distinct subjects per workload and kind, before they fold into templates. */
  subjects: number;
  /** Process instances held at once; more collapse into one unknown per cgroup, counted. */
  instances: number;
  /** First-seen ids held at once; uses of further ones are counted once, as collapsed. */
  entries: number;
  /** Distinct rows per process class, before new subjects go straight to their template. */
  rows: number;
  /** Sessions kept per workload and segment. */
  sessions: number;
  /** Cells kept per session. */
  cells: number;
  /** Files and directories asked for per cgroup. */
  wants: number;
};

export const DEFAULT_LIMITS: Limits = {
  subjects: 1000,
  instances: 100_000,
  entries: 500_000,
  rows: 20_000,
  sessions: 512,
  cells: 256,
  wants: 256,
};

export type FoldOptions = {
  /** Key of session ids; null: plain hashes, comparable within this machine's boot all the same. */
  fingerprintKey: Uint8Array | null;
  fingerprintKeyId: string | null;
  /** Sequence of the first segment; counts on from there. */
  sequence?: number;
  /**
   * Sync look-up into the attribution cache. Null: not (yet) known; asked again at every checkpoint and at the
   * close. Asked for every cgroup, so that an override may name host processes too.
   */
  resolve: (cgroup: CgroupRef) => WorkloadInfo | null;
  /** Names a process tree on a bare host otherwise than by its root (`--workload NAME=SELECTOR`). */
  hostProcess?: (process: HostProcess) => WorkloadInfo | null;
  /** What an address is at this moment; null: not known. Loopback is not asked for. */
  peers?: (address: string, port: number, protocol: 'tcp' | 'udp') => ResolvedPeer | null;
  /** Path prefixes whose files are never folded into templates: secret and token mounts. */
  pinnedPrefixes?: (workloadId: string) => readonly string[];
  /** Selected pids: each is the root of a process tree of its own, whatever started it. */
  roots?: ReadonlySet<number>;
  /** Pids that are no workload: the sensor, the collector. */
  ignore?: ReadonlySet<number>;
  limits?: Partial<Limits>;
};

export type Clock = { boot_us: number; wall_us: number };

export type CloseOptions = {
  /** Default: the newest clock or event of the stream. */
  end?: Clock;
  /** The last segment of the run: without a trailer in the stream it is partial. */
  final?: boolean;
  /** Set where the caller knows of an interruption. */
  partialReason?: string | null;
  collectCpuMs?: number;
  /** Milliseconds that workloads existed in this interval by another account (pod list); counts where larger. */
  existedMs?: ReadonlyMap<string, number>;
};

/** Something that only the sensor can read, in the mount view of that process. */
export type Want = {
  id: number;
  op: 'read' | 'list' | 'image-attach';
  cgroup: string;
  pid: number;
  start: string;
  path: string;
  /** Bytes. */
  max: number;
};

export type FoldStats = {
  workloads: number;
  unresolved: number;
  processes: number;
  records: number;
  /** Uses counted so far: events that the sensor saw, not records that it sent. */
  events: number;
  lost: number;
  /** Dimensions (workload, kind, subject) that were new in the last 60 s of the sensor's clock. */
  newDimensionsPerMinute: number;
  /** Newest time of the stream, µs of the boot clock. */
  at: number;
};

export type { ArtifactDetail };

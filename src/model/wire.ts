/**
 * The sensor's stream: one JSON object a line, header first, trailer last. The C side of this contract is
 * bpf/events.h; WIRE_VERSION changes in both or in neither.
 *
 * Units: `*_us` and `at/first/last` are microseconds of CLOCK_BOOTTIME; `wall_us` is CLOCK_REALTIME.
 * 64-bit identifiers (cgroup ids, inode numbers, task start times in ns) travel as decimal strings, subject ids
 * as hex, because JSON numbers end at 2^53.
 */
import { z } from 'zod';
import { SIGNALS } from './kinds.ts';
import { actor, id64, path, text, us } from './wire-parts.ts';
import { image, payload, stream, streamEnd } from './wire-streams.ts';

export { CARRIERS } from './wire-streams.ts';

export const WIRE_VERSION = 1;

/** Longest line accepted from the sensor, in bytes: a 1 MiB bounded read in base64, and its envelope. */
export const MAX_WIRE_LINE = 1_500_000;

export const clockSchema = z.object({ boot_us: us, wall_us: us });

export const programSchema = z.object({
  name: text(64),
  /** libbpf section name, e.g. `tp_btf/sys_enter`, `iter/task_vma`. */
  hook: text(128),
  attached: z.boolean(),
  /** Where it failed, with the errno, when not attached. */
  stage: z.enum(['open', 'load', 'attach', 'skipped']).optional(),
  errno: z.int().optional(),
  error: text(256).optional(),
});

export const familySchema = z.object({
  family: z.enum(SIGNALS),
  attached_us: us.optional(),
  programs: z.array(programSchema).max(64),
});

const header = z.object({
  t: z.literal('header'),
  v: z.literal(WIRE_VERSION),
  sensor: text(32),
  run: z.string().regex(/^[0-9a-f]{32}$/),
  boot_id: text(64),
  machine_id: text(64),
  node: text(256),
  kernel: text(256),
  arch: text(32),
  cpus: z.int().positive(),
  /** Which hierarchy the cgroup ids belong to: v2 (also the unified part of hybrid), or v1's memory controller. */
  cgroup: z.enum(['v2', 'v1']),
  /** Iterators only: what exists now, no window. */
  now: z.boolean(),
  clock: clockSchema,
  families: z.array(familySchema),
});

/** Sent before the first record that names the id. `path` is relative to the hierarchy's root. */
const cgroup = z.object({ t: z.literal('cgroup'), id: id64, path, at: us });
const cgroupGone = z.object({ t: z.literal('cgroup-gone'), id: id64, at: us });

/**
 * `exists`: found by the task iterator. `argv` serves to class the process and is never written to disk.
 * `init`: the container runtime's own process, before it became the workload by exec.
 */
const processRecord = z.object({
  t: z.literal('process'),
  ...actor,
  ev: z.enum(['exists', 'fork', 'exec', 'exit']),
  ppid: z.int(),
  pstart: id64,
  uid: z.int().optional(),
  comm: text(64).optional(),
  exe: path.optional(),
  argv: z.array(text(512)).max(16).optional(),
  cwd: path.optional(),
  mntns: z.int().optional(),
  netns: z.int().optional(),
  pidns: z.int().optional(),
  /** Effective capabilities, hex mask. */
  caps: id64.optional(),
  seccomp: z.int().optional(),
  init: z.boolean().optional(),
});

/** First time that this process used this path in this way. Later uses are counted under `id`. */
const file = z.object({
  t: z.literal('file'),
  ...actor,
  id: id64,
  path,
  access: z.enum(['r', 'w', 'rw', 'x']),
  errno: z.int().optional(),
  /** Found open by the iterator. */
  existing: z.boolean().optional(),
  truncated: z.boolean().optional(),
  /** Where symbolic links led, of a file on a volume: another path than the one that was opened. */
  real: path.optional(),
  /** The directory that the path is relative to could not be read: `path` is as the program gave it. */
  unresolved: z.boolean().optional(),
});

const mapping = z.object({
  t: z.literal('mapping'),
  ...actor,
  id: id64,
  path,
  exec: z.boolean(),
  dev: id64.optional(),
  ino: id64.optional(),
  size: z.int().nonnegative().optional(),
  existing: z.boolean().optional(),
  truncated: z.boolean().optional(),
});

const connect = z.object({
  t: z.literal('connect'),
  ...actor,
  id: id64,
  proto: z.enum(['tcp', 'udp']),
  daddr: z.union([z.ipv4(), z.ipv6()]),
  dport: z.int().min(0).max(65535),
  errno: z.int().optional(),
  /** Found established by the socket iterator. */
  existing: z.boolean().optional(),
});

/** System call numbers of the header's arch, cumulative. `init` phase = the container runtime, not the workload. */
const syscalls = z.object({
  t: z.literal('syscalls'),
  ...actor,
  phase: z.enum(['init', 'run']),
  nrs: z.array(z.int().min(0).max(1023)).max(1024),
});

/** Cumulative since the sensor started: maps are read, never drained. */
const count = z.object({
  t: z.literal('count'),
  id: id64,
  count: z.int().nonnegative(),
  errors: z.int().nonnegative(),
  tx: z.int().nonnegative().optional(),
  rx: z.int().nonnegative().optional(),
  first: us,
  last: us,
});

/**
 * Cumulative, exact: attempted = delivered + lost. Truncated ones were delivered, cut. Of the families from tls on,
 * records are those of streams, payloads and ends; truncated payloads were cut by a bound, not by stream-mode.
 */
const coverage = z.object({
  t: z.literal('coverage'),
  cg: id64,
  signal: z.enum(SIGNALS),
  attempted: z.int().nonnegative(),
  delivered: z.int().nonnegative(),
  lost: z.int().nonnegative(),
  truncated: z.int().nonnegative(),
  /** Subjects whose process was folded to `unknown` because a map was full; sockets that could not be looked into. */
  collapsed: z.int().nonnegative(),
});

const costSchema = z.object({
  cpu_us: us,
  rss_bytes: z.int().nonnegative(),
  bpf: z.array(z.object({ program: text(64), run_ns: us, run_cnt: us })).max(256),
});

/** Ends a batch of syscalls, count and coverage records. */
const checkpoint = z.object({
  t: z.literal('checkpoint'),
  seq: z.int().nonnegative(),
  clock: clockSchema,
  cost: costSchema.optional(),
});

/** Answer to a READ or LIST command; `data` is base64 of the bytes, or of NUL-separated names. */
const reply = z.object({
  t: z.literal('reply'),
  req: z.int().nonnegative(),
  errno: z.int(),
  data: z.base64().optional(),
  more: z.boolean().optional(),
});

const log = z.object({ t: z.literal('log'), level: z.enum(['info', 'warn', 'error']), msg: text(1024) });

/** A stream without one is partial by construction. */
const trailer = z.object({
  t: z.literal('trailer'),
  reason: z.enum(['stop', 'signal', 'eof', 'now', 'error']),
  clock: clockSchema,
  cost: costSchema,
});

export const wireRecordSchema = z.discriminatedUnion('t', [
  header,
  cgroup,
  cgroupGone,
  processRecord,
  file,
  mapping,
  connect,
  stream,
  payload,
  streamEnd,
  image,
  syscalls,
  count,
  coverage,
  checkpoint,
  reply,
  log,
  trailer,
]);

export type WireRecord = z.infer<typeof wireRecordSchema>;
export type WireHeader = z.infer<typeof header>;
export type WireFamily = z.infer<typeof familySchema>;
export type WireCost = z.infer<typeof costSchema>;
export type WireOf<T extends WireRecord['t']> = Extract<WireRecord, { t: T }>;

/**
 * Commands travel to the sensor's standard input as fixed-size little-endian blocks:
 * u32 op, u32 req, u64 cgroup, u64 start_ns, u32 pid, u32 max, char path[4064] (NUL-terminated).
 * stream-mode: `cgroup` is the stream's id (hex there, a number here), `max` how many bytes of each call to capture
 * from now on; 0: none, and their number only now and then (each second or MiB). Its reply has ENOENT for a stream that
 * is unknown or forgotten. family-detach: `max` is the place in SIGNALS of one of the application's, which is attached no more.
 */
export const COMMAND_BYTES = 4096;
export const COMMAND_OPS = {
  'cgroup-add': 1,
  'cgroup-remove': 2,
  'image-attach': 3,
  'image-detach': 4,
  read: 5,
  list: 6,
  checkpoint: 7,
  stop: 8,
  'stream-mode': 9,
  'family-detach': 10,
} as const;
export type CommandOp = keyof typeof COMMAND_OPS;

/** What `ai-spm collect` was asked: flags, their AI_SPM_* twins and ai-spm.yaml, already merged; and what it means. */
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { APPLICATION_SIGNALS, KERNEL_SIGNALS, SIGNALS, type Signal } from '../model/kinds.ts';
import { parseDuration } from './duration.ts';

export type CollectOptions = {
  for?: string;
  output?: string;
  every?: string;
  keep?: number;
  keepFor?: string;
  now: boolean;
  check: boolean;
  systemdUnit: boolean;
  cgroup: readonly string[];
  pid: readonly string[];
  namespace: readonly string[];
  selector?: string;
  workload: readonly string[];
  pods: readonly string[];
  kubeconfig?: string;
  context?: string;
  live: boolean;
  with: readonly string[];
  maxCpu?: number;
  without: readonly string[];
  fingerprintKey?: string;
  replay?: string;
  progress: boolean;
  quiet: boolean;
};

export type CollectPlan = {
  now: boolean;
  /** Null: until stopped. */
  windowMs: number | null;
  /** A segment closes at least this often. */
  segmentMs: number;
  /** One file per segment in a directory, or one file with all of them. */
  output: { each: boolean; path: string };
  keep: { files: number | null; ms: number | null };
  /** The sensor writes its counts this often; segments end on such a checkpoint. */
  checkpointMs: number;
  pids: readonly number[];
  /** Probe families that are attached. */
  families: readonly Signal[];
  /** Percent of one core that observing may take; null: whatever it takes. */
  maxCpu: number | null;
  replay: string | null;
};

/** Families that are attached on request only where the whole node is watched. */
const TRAPPING = ['tls', 'plaintext'] as const satisfies readonly Signal[];
const HOUR_MS = 3_600_000;
const CHECKPOINT_MS = 10_000;
/** While a person looks on, so that the counts move. */
const WATCHED_MS = 2000;

/** @throws UserError naming the flag that does not fit, and the one that it does not fit with. */
export function planCollection(
  options: CollectOptions,
  { node, nowMs, watched }: { node: string; nowMs: number; watched: boolean },
): CollectPlan {
  refuseTogether(options);
  const everyMs = options.every === undefined ? null : parseDuration('--every', options.every);
  const segmentMs = Math.min(everyMs ?? HOUR_MS, HOUR_MS);
  return {
    now: options.now,
    windowMs: options.for === undefined ? null : parseDuration('--for', options.for),
    segmentMs,
    checkpointMs: checkpointMs(segmentMs, watched ? WATCHED_MS : CHECKPOINT_MS),
    output: {
      each: everyMs !== null,
      path:
        everyMs === null
          ? (options.output ?? `${fileStem(node, nowMs)}.snapshot.jsonl.zst`)
          : (options.output ?? '.'),
    },
    keep: {
      files: options.keep ?? null,
      ms: options.keepFor === undefined ? null : parseDuration('--keep-for', options.keepFor),
    },
    pids: options.pid.map(parsePid),
    families: familiesOf(options),
    maxCpu: maxCpuOf(options.maxCpu),
    replay: options.replay ?? null,
  };
}

/**
 * Each call of a TLS library costs its process a trap, and each call on a socket a look-up: they are attached where
 * somebody said whom to watch, or asked for them. What exists is read by iterators, which see no calls.
 */
function familiesOf(options: CollectOptions): Signal[] {
  const { cgroup, pid, namespace, selector } = options;
  const scoped = cgroup.length + pid.length + namespace.length > 0 || selector !== undefined;
  const usual: readonly Signal[] = [...KERNEL_SIGNALS, 'stdio', 'dns', ...(scoped ? TRAPPING : [])];
  const asked = new Set([...usual, ...options.with.map((text) => parseFamily('--with', text))]);
  for (const text of options.without) asked.delete(parseFamily('--without', text));
  return SIGNALS.filter((signal) => asked.has(signal) && !(options.now && isApplication(signal)));
}

function maxCpuOf(percent: number | undefined): number | null {
  if (percent === undefined) return null;
  if (percent > 0 && percent <= 10_000) return percent;
  throw new UserError(`--max-cpu ${percent} is no share of a core`, {
    hint: 'give percent of one core, e.g. 5',
  });
}

function isApplication(signal: Signal): boolean {
  return (APPLICATION_SIGNALS as readonly Signal[]).includes(signal);
}

/** At most `atMost`, and such that a segment ends on one. */
function checkpointMs(segmentMs: number, atMost: number): number {
  return Math.round(segmentMs / Math.ceil(segmentMs / atMost));
}

function refuseTogether(options: CollectOptions): void {
  const filters: [string, boolean][] = [
    ['--cgroup', options.cgroup.length > 0],
    ['--pid', options.pid.length > 0],
    ['-n', options.namespace.length > 0],
    ['-l', options.selector !== undefined],
    ['--with', options.with.length > 0],
    ['--without', options.without.length > 0],
    ['--for', options.for !== undefined],
    ['--now', options.now],
  ];
  const pairs: [string, boolean, string, boolean, string][] = [
    ['--now', options.now, '--for', options.for !== undefined, '--now takes one moment, not a window'],
    ['--now', options.now, '--every', options.every !== undefined, '--now takes one moment, not a window'],
    [
      '--pid',
      options.pid.length > 0 && !options.now,
      '--without process',
      options.without.includes('process'),
      'the process probes tell which processes are born below it; the others would count as watched and are not',
    ],
    ...filters.map(([flag, set]): [string, boolean, string, boolean, string] => [
      '--replay',
      options.replay !== undefined,
      flag,
      set,
      'a recording holds what was captured then',
    ]),
  ];
  for (const [first, a, second, b, hint] of pairs)
    if (a && b) throw new UserError(`${first} and ${second} do not go together`, { hint });
  if (options.every === undefined && (options.keep !== undefined || options.keepFor !== undefined))
    throw new UserError('--keep and --keep-for go with --every', {
      hint: 'e.g. --every 1h -o DIR --keep-for 14d',
    });
  if (options.keep === 0) throw new UserError('--keep 0 would keep nothing', { hint: 'give 1 or more' });
}

/** `node-1-20261121T094500Z`: no character that a shell or another file system minds. */
export function fileStem(node: string, ms: number): string {
  const stamp = new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${node.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^[.-]+/, '') || 'node'}-${stamp}`;
}

/** Path of one segment's file under --every. The run keeps restarts within one second apart. */
export function segmentPath(directory: string, stem: string, run: string, sequence: number): string {
  return join(
    directory,
    `${stem}-${run.slice(0, 8)}-${String(sequence).padStart(4, '0')}.snapshot.jsonl.zst`,
  );
}

/** Names that segmentPath makes. */
export const SEGMENT_NAME = /^.+-\d{8}T\d{6}Z-[0-9a-f]{8}-\d{4,}\.snapshot\.jsonl\.zst$/;

function parsePid(text: string): number {
  const pid = Number(text);
  if (!Number.isSafeInteger(pid) || pid < 1 || pid > 2 ** 22)
    throw new UserError(`--pid: "${text}" is no process id`, {
      hint: 'expected a number, as `pgrep -n NAME` prints',
    });
  return pid;
}

function parseFamily(flag: string, text: string): Signal {
  if ((SIGNALS as readonly string[]).includes(text)) return text as Signal;
  throw new UserError(`${flag} does not know "${text}"`, { hint: `expected one of ${SIGNALS.join(', ')}` });
}

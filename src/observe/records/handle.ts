/** What each record of the stream does to the run. None of them throws, whatever a schema-valid stream says. */
import type { WireOf, WireRecord } from '../../model/wire.ts';
import { type Cgroup, coverCgroup, nameCgroup } from '../state/cgroups.ts';
import { readClock } from '../state/clock.ts';
import { counted, sweep } from '../state/entries.ts';
import { absorbEnded } from '../state/remains.ts';
import { begin, cgroupOf, type Run } from '../state/run.ts';
import { treeOf } from '../state/trees.ts';
import { evictIdle } from '../streams/table.ts';
import { onImage } from './images.ts';
import { onProcess } from './lifecycle.ts';
import { onPayload, onStream, onStreamEnd } from './streams.ts';
import { onConnect, onFile, onMapping, onSyscalls, resolvePeer } from './uses.ts';

function onCgroup(run: Run, record: WireOf<'cgroup'>): void {
  const cgroup = cgroupOf(run, record.id, record.at);
  nameCgroup(cgroup, record.path);
  if (!isResolved(cgroup)) resolve(run, cgroup);
}

function resolve(run: Run, cgroup: Cgroup): void {
  const { id, path, parsed } = cgroup;
  cgroup.info = run.options.resolve({ id, path, parsed }) ?? cgroup.info;
}

/** A pod is known before its status says which container has this id, and of what image. */
function isResolved({ info, parsed }: Cgroup): boolean {
  return info !== null && (info.unit !== 'kubernetes' || parsed.containerId === null || info.digest !== null);
}

/** Attribution may arrive after the first event; a host cgroup has none to wait for. */
export function resolveLate(run: Run): void {
  for (const cgroup of run.cgroups.values())
    if (!isResolved(cgroup) && (cgroup.parsed.containerId !== null || cgroup.parsed.podUid !== null))
      resolve(run, cgroup);
}

function onCheckpoint(run: Run, record: WireOf<'checkpoint'>): void {
  readClock(run.clock, record.clock);
  run.cost = record.cost ?? run.cost;
  run.checkpoints = [run.checkpoints[1], record.clock.boot_us];
  resolveLate(run);
  for (const [subject, dialled] of run.unresolved) resolvePeer(run, subject, dialled);
  for (const instance of run.table.instances.values())
    if (!instance.ignored && !instance.init) treeOf(run.table, instance);
  sweep(run);
  absorbEnded(run);
  evictIdle(run.streams, run.clock.now, run.wire.pool);
}

function onTrailer(run: Run, record: WireOf<'trailer'>): void {
  readClock(run.clock, record.clock);
  run.cost = record.cost;
  run.ended = record.reason;
}

type Handlers = { [T in WireRecord['t']]: (run: Run, record: WireOf<T>) => void };

const HANDLERS: Handlers = {
  header: begin,
  cgroup: onCgroup,
  'cgroup-gone': (run, { id, at }) => {
    cgroupOf(run, id, at).gone = at;
  },
  process: onProcess,
  file: onFile,
  mapping: onMapping,
  connect: onConnect,
  stream: onStream,
  payload: onPayload,
  'stream-end': onStreamEnd,
  image: onImage,
  syscalls: onSyscalls,
  count: counted,
  coverage: (run, record) => coverCgroup(cgroupOf(run, record.cg, run.clock.now), record),
  checkpoint: onCheckpoint,
  reply: () => {},
  log: () => {},
  trailer: onTrailer,
};

export function handle<T extends WireRecord['t']>(run: Run, record: WireOf<T>): void {
  run.records++;
  if ('at' in record) run.clock.now = Math.max(run.clock.now, record.at);
  HANDLERS[record.t as T](run, record);
}

/** Records of something used: files, mappings, peers, system calls. */
import type { WireOf } from '../../model/wire.ts';
import { type Dialled, peerOf } from '../meaning/egress.ts';
import { askFor } from '../meaning/inventory.ts';
import { connectTargets, fileTargets, mappingTargets, syscallTargets } from '../meaning/targets.ts';
import { firstSeen, tally } from '../state/entries.ts';
import type { Instance } from '../state/processes.ts';
import type { Run } from '../state/run.ts';
import type { Target } from '../state/tallies.ts';
import { initOrigin, originOf } from '../state/trees.ts';
import { ask } from '../state/wants.ts';
import { instanceOf } from './actor.ts';
import { lookIntoLibrary } from './images.ts';
import { noteIndexFile, noteIndexLibrary } from './index-use.ts';

function noteArtifacts(run: Run, instance: Instance, targets: readonly Target[]): void {
  const { cgroup } = instance;
  for (const { artifact } of targets) {
    if (artifact)
      askFor(cgroup.inventory, artifact, (op, path) =>
        ask(run.wants, cgroup, instance, op, path, run.limits.wants),
      );
  }
}

export function onFile(run: Run, record: WireOf<'file'>): void {
  const instance = instanceOf(run, record);
  const targets = fileTargets(run.targets, record, instance.program);
  firstSeen(run, instance, record, targets, 'file');
  if (record.errno || instance.ignored) return;
  noteArtifacts(run, instance, targets);
  if (!record.truncated && !record.unresolved) noteIndexFile(run, instance, record.path, record.at);
}

const MAX_RESIDENCIES = 10_000;

export function onMapping(run: Run, record: WireOf<'mapping'>): void {
  const instance = instanceOf(run, record);
  const targets = mappingTargets(run.targets, record, instance.program);
  firstSeen(run, instance, record, targets, 'mapping');
  if (instance.ignored) return;
  noteArtifacts(run, instance, targets);
  if (record.exec) lookIntoLibrary(run, instance, record.path);
  if (record.exec && !record.truncated) noteIndexLibrary(run, instance, record.path, record.at);
  else if (record.existing && !record.truncated) noteIndexFile(run, instance, record.path, record.at);
  const use = targets.find(({ artifact }) => artifact?.type === 'model')?.artifact;
  const { residencies } = instance.cgroup;
  if (use?.type === 'model' && residencies.length < MAX_RESIDENCIES)
    residencies.push({ use, instance, from: record.at, size: record.size ?? null });
}

const MAX_PEERS = 50_000;

/** Asked at every dial, since addresses are reused; an answer that is gone by now does not undo an earlier one. */
export function onConnect(run: Run, record: WireOf<'connect'>): void {
  const instance = instanceOf(run, record);
  const targets = connectTargets(run.targets, record);
  firstSeen(run, instance, record, targets, 'network');
  const { proto, daddr, dport } = record;
  resolvePeer(run, targets[0]!.subject, { proto, daddr, dport });
}

export function resolvePeer(run: Run, subject: string, dialled: Dialled): void {
  const peer = peerOf(subject, dialled, run.options.peers ?? (() => null));
  const resolved = peer.resolution !== 'unresolved';
  if (run.peers.has(subject) ? !resolved : run.peers.size >= MAX_PEERS) return;
  run.peers.set(subject, peer);
  if (resolved) run.unresolved.delete(subject);
  else run.unresolved.set(subject, dialled);
}

/**
 * In the workload's phase the exec that began it was lost; a pid without a record that is only seen in the other one
 * is the runtime's, moved in from a cgroup that nobody watches.
 */
function learnPhase(instance: Instance, phase: 'init' | 'run'): void {
  if (phase === 'run') instance.init = false;
  else if (instance.program === null && !instance.syscalls.run) instance.init = true;
}

/** Counts process instances that made the call, not calls: the kernel side keeps a set. */
export function onSyscalls(run: Run, record: WireOf<'syscalls'>): void {
  const instance = instanceOf(run, record);
  const { phase } = record;
  learnPhase(instance, phase);
  const origin = phase === 'init' ? initOrigin(run.table, instance) : originOf(run.table, instance);
  if (!origin) return;
  instance.syscalls[phase] ??= new Uint32Array(32);
  const seen = instance.syscalls[phase];
  const use = { count: 1, bytes: 0, errors: 0, denied: 0, first: record.at, last: record.at };
  for (const nr of record.nrs) {
    const bit = 1 << (nr & 31);
    if (seen[nr >> 5]! & bit) continue;
    seen[nr >> 5]! |= bit;
    for (const target of syscallTargets(run.targets, run.header?.arch ?? '', nr, phase))
      tally(run, origin, target, use);
  }
}

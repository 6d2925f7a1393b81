/** Process records: lineage, image, end. */
import type { WireOf } from '../../model/wire.ts';
import { launcherOf, launcherOfImage } from '../meaning/mcp.ts';
import { executionTargets } from '../meaning/targets.ts';
import { tally } from '../state/entries.ts';
import { type Instance, processKey } from '../state/processes.ts';
import type { Run } from '../state/run.ts';
import { adopt, endInstance, originOf, replace } from '../state/trees.ts';
import { classifyProcess } from '../workload/process-class.ts';
import { instanceOf, isFolded } from './actor.ts';
import { lookInto } from './images.ts';
import { inheritIndexUse, noteIndexLibrary } from './index-use.ts';

/** A task without an image whose parent is kthreadd, or that is it. */
function isKernelThread(record: WireOf<'process'>): boolean {
  return record.exe === undefined && (record.pid === 2 || record.ppid === 2);
}

function inherit(instance: Instance, parent: Instance | undefined): void {
  if (!parent) return;
  instance.program = parent.program;
  instance.uid = parent.uid;
  instance.cwd = parent.cwd;
  inheritIndexUse(instance, parent);
}

export function onProcess(run: Run, record: WireOf<'process'>): void {
  const instance = instanceOf(run, record);
  if (isFolded(instance)) return;
  if (record.ev === 'exit') {
    endInstance(instance, record.at);
    return;
  }
  const wasNothing = instance.program === null || instance.init;
  const ofMerePid = instance.parent === null ? instance.origin : null;
  learn(instance, record, run.table.instances.get(processKey(record.ppid, record.pstart)));
  // What it did before (a daemon's child that executes the runtime) is not the later workload's.
  if (instance.init) instance.origin = null;
  if (instance.ignored || instance.init) return;
  if (record.ev === 'exec') noteStarted(run, instance);
  if (wasNothing || record.ev === 'exec') replace(run.table, instance, wasNothing);
  if (ofMerePid) adopt(run.table, instance, ofMerePid);
  if (record.ev !== 'fork') executed(run, instance, record);
}

const MAX_STARTED = 16;

function noteStarted(run: Run, instance: Instance): void {
  const parent = instance.parent === null ? undefined : run.table.instances.get(instance.parent);
  if (!parent || parent.exited !== null || parent.started.includes(instance)) return;
  parent.started.push(instance);
  if (parent.started.length > MAX_STARTED) parent.started.shift();
}

function isWorkload({ cgroup, program, init, ignored }: Instance): boolean {
  return cgroup.parsed.containerId !== null && program !== null && !init && !ignored;
}

/** A runtime enters a container from outside: what the workload itself starts under such a name is the workload's. */
function isWorkloadBeside(parent: Instance, { cgroup }: Instance): boolean {
  return parent.cgroup.scope === cgroup.scope && isWorkload(parent);
}

function learn(instance: Instance, record: WireOf<'process'>, parent: Instance | undefined): void {
  const fork = record.ev === 'fork';
  const claimed = record.init ?? (fork && (parent?.init ?? false));
  const startedInside = isWorkload(instance) || (parent !== undefined && isWorkloadBeside(parent, instance));
  if (fork) inherit(instance, parent);
  else if (record.exe !== undefined) {
    instance.program = classifyProcess(record.exe, record.argv ?? []);
    instance.launcher = record.argv ? launcherOf(record.argv, record.exe) : launcherOfImage(record.exe);
  }
  instance.parent ??= processKey(record.ppid, record.pstart);
  instance.ignored ||= isKernelThread(record);
  instance.startSeen ||= record.ev !== 'exists';
  instance.uid = record.uid ?? instance.uid;
  instance.cwd = record.cwd ?? instance.cwd;
  instance.init = claimed && !startedInside;
  if (record.ev === 'exec') {
    instance.image = record.at;
    instance.index = null;
  }
  // Found in it, so the cgroup is at least as old; one that started elsewhere was moved in and says nothing.
  const { cgroup } = instance;
  if (record.ev === 'exists') cgroup.since = Math.min(cgroup.since, instance.began);
}

function executed(run: Run, instance: Instance, record: WireOf<'process'>): void {
  const origin = originOf(run.table, instance);
  if (!origin || !instance.program) return;
  const targets = executionTargets(run.targets, instance.program, record.argv ?? []);
  const use = { count: 1, bytes: 0, errors: 0, denied: 0, first: record.at, last: record.at };
  for (const target of targets) tally(run, origin, target, use);
  run.events++;
  noteIndexLibrary(run, instance, instance.program.exe, record.at);
  lookInto(run, instance, instance.program.exe);
}

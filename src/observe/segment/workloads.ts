/** Which workloads a segment has, and what belongs to each. */
import type { SegmentWorkload } from '../../model/snapshot.ts';
import type { Cgroup } from '../state/cgroups.ts';
import { identify, identifyTree, ownsCgroup } from '../state/identify.ts';
import type { Instance, Origin, Tree } from '../state/processes.ts';
import type { Run } from '../state/run.ts';
import { originOf } from '../state/trees.ts';
import type { WorkloadInfo } from '../types.ts';
import { compareText } from './dictionary.ts';

export type Member = { origin: Origin; info: WorkloadInfo };

export type Work = {
  id: string;
  index: number;
  infos: WorkloadInfo[];
  members: Member[];
  trees: Set<Tree>;
  cgroups: Set<Cgroup>;
  processes: Instance[];
};

export function livedIn(
  { since, gone }: Pick<Cgroup, 'since' | 'gone'>,
  start: number,
  end: number,
): boolean {
  return since <= end && (gone === null || gone > start);
}

function active(tree: Tree, start: number): boolean {
  const did =
    tree.sessions.size > 0 ||
    [...tree.origins.values()].some(({ rows, ended }) => rows.targets.length > 0 || ended > 0);
  return did || tree.ended === null || tree.ended > start;
}

export function collectWorkloads(run: Run, end: number): Work[] {
  const works = new Map<string, Work>();
  const workOf = (info: WorkloadInfo): Work => {
    const known = works.get(info.id);
    const work = known ?? newWork(info.id);
    if (!known) works.set(info.id, work);
    if (!work.infos.includes(info)) work.infos.push(info);
    return work;
  };
  for (const instance of run.table.instances.values()) placeInstance(run, instance, workOf);
  for (const tree of run.table.trees) if (active(tree, run.segmentStart)) placeTree(run, tree, workOf);
  for (const cgroup of run.cgroups.values())
    if (ownsCgroup(cgroup) && livedIn(cgroup, run.segmentStart, end))
      workOf(identify(run, { cgroup, tree: null })).cgroups.add(cgroup);
  const sorted = [...works.values()].filter(inhabited).sort((a, b) => compareText(a.id, b.id));
  for (const [index, work] of sorted.entries()) work.index = index;
  return sorted;
}

/** A cgroup that nothing runs in (a pod's slice above its containers, what lies outside of the filter) is nobody. */
function inhabited({ processes, members, trees }: Work): boolean {
  return processes.length > 0 || members.length > 0 || trees.size > 0;
}

function newWork(id: string): Work {
  return { id, index: -1, infos: [], members: [], trees: new Set(), cgroups: new Set(), processes: [] };
}

function placeInstance(run: Run, instance: Instance, workOf: (info: WorkloadInfo) => Work): void {
  const origin = originOf(run.table, instance);
  if (origin) workOf(identify(run, origin)).processes.push(instance);
}

function placeTree(run: Run, tree: Tree, workOf: (info: WorkloadInfo) => Work): void {
  if (tree.program !== null || tree.sessions.size > 0 || tree.remains)
    workOf(identifyTree(run, tree)).trees.add(tree);
  for (const origin of tree.origins.values()) {
    const info = identify(run, origin);
    const work = workOf(info);
    work.members.push({ origin, info });
    work.cgroups.add(origin.cgroup);
  }
}

function trees(work: Work): number {
  return [...work.trees].reduce((sum, { remains }) => sum + (remains?.trees ?? 1), 0);
}

/** Pods, containers, or process instances where there are none. */
function instances(work: Work): number {
  const contained = work.infos.some(({ unit }) => unit === 'kubernetes' || unit === 'container');
  return contained ? new Set(work.infos.map(({ instance }) => instance)).size : trees(work);
}

/** Where the pods of one workload differ (a roll-out), the newest pod speaks for it. */
export function describe(work: Work): SegmentWorkload {
  const born = (info: WorkloadInfo): number =>
    Math.max(-1, ...[...work.cgroups].filter((cgroup) => cgroup.info === info).map(({ since }) => since));
  const [newest] = [...work.infos].sort((a, b) => born(b) - born(a) || compareText(a.instance, b.instance));
  const { container: _c, image: _i, digest: _d, instance: _n, principal: _p, ...fields } = newest!;
  const containers = new Map<string, SegmentWorkload['containers'][number]>();
  for (const { container, image, digest } of work.infos)
    if (container !== null)
      containers.set(`${container}\0${image}\0${digest}`, { name: container, image, digest });
  const sorted = [...containers].sort(([a], [b]) => compareText(a, b)).map(([, container]) => container);
  return { ...fields, containers: sorted.slice(0, 256), instances: instances(work) };
}

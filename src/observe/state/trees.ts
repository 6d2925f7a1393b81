/**
 * The trees that processes form, and where what they do is counted.
 *
 * A tree is what one run of an agent started: its root is the topmost ancestor in the same scope (container, unit,
 * bare host). On the bare host everything descends from init and somebody's shell, so there launchers (pid 1, login
 * programs, shells without a script, sudo …; see process-class.ts) are transparent: the root is the topmost ancestor
 * that is no launcher. A selected pid always is a root. A launcher that started nothing stays a tree of its own.
 */

import type { ProcessClass } from '../workload/process-class.ts';
import { className } from '../workload/process-class.ts';
import { type Cgroup, HOST_SCOPE } from './cgroups.ts';
import { addMark, mergeDetails } from './details.ts';
import type { Instance, Origin, ProcessTable, Tree } from './processes.ts';
import { clearRows, createRows, mergeRows } from './rows.ts';
import { mergeSessions } from './tallies.ts';

const UNKNOWN_CLASS = 'unknown';
const INIT_CLASS = 'container-init';

/**
 * One root keeps one tree, whatever is learnt of it later. On the bare host the tree is named after its root's
 * program, so there another program is another tree.
 */
function rootedIn(table: ProcessTable, instance: Instance): Tree {
  const { own, program, uid, cwd } = instance;
  const named = own?.scope === HOST_SCOPE && own.program !== null;
  if (!own || own.scope !== instance.cgroup.scope || named) return newTree(table, instance);
  Object.assign(own, { program, uid, cwd });
  table.trees.add(own);
  return own;
}

function newTree(table: ProcessTable, instance: Instance): Tree {
  const tree: Tree = {
    pid: instance.pid,
    start: instance.start,
    began: instance.began,
    ended: null,
    scope: instance.cgroup.scope,
    cgroup: instance.cgroup,
    program: instance.program,
    uid: instance.uid,
    cwd: instance.cwd,
    members: 0,
    origins: new Map(),
    sessions: new Map(),
    remains: null,
  };
  table.trees.add(tree);
  instance.own = tree;
  return tree;
}

function launches(pid: number, program: ProcessClass | null): boolean {
  return pid === 1 || (program?.launcher ?? false);
}

function treeBelow(table: ProcessTable, instance: Instance, above: Tree | null): Tree {
  const { pid, cgroup, program } = instance;
  if (!above || above.scope !== cgroup.scope || table.roots.has(pid)) return rootedIn(table, instance);
  const selected = table.roots.has(above.pid);
  const transparent = cgroup.scope === HOST_SCOPE && !selected && launches(above.pid, above.program);
  return transparent && !launches(pid, program) ? rootedIn(table, instance) : above;
}

function parentOf(table: ProcessTable, instance: Instance): Instance | null {
  const parent = instance.parent === null ? undefined : table.instances.get(instance.parent);
  if (!parent || parent.init || parent.ignored || parent.cgroup.scope !== instance.cgroup.scope) return null;
  return parent;
}

/** Walks up only as far as needed; hostile records may form cycles, which are cut where they close. */
export function treeOf(table: ProcessTable, instance: Instance): Tree {
  const chain = new Set<Instance>();
  let at: Instance | null = instance;
  while (at && !at.tree && !chain.has(at)) {
    chain.add(at);
    at = parentOf(table, at);
  }
  let above = at?.tree ?? null;
  for (const member of [...chain].reverse()) {
    member.above = above;
    above = treeBelow(table, member, above);
    join(member, above);
  }
  return instance.tree!;
}

function join(instance: Instance, tree: Tree): void {
  if (instance.tree === tree) return;
  leave(instance, instance.image);
  instance.tree = tree;
  if (instance.exited !== null) {
    if (tree.members === 0) tree.ended = Math.max(tree.ended ?? 0, instance.exited);
    return;
  }
  tree.members++;
  tree.ended = null;
}

/** Takes a living instance out of its tree; a tree without members has ended. */
function leave({ tree, exited }: Instance, at: number): void {
  if (!tree || exited !== null) return;
  tree.members--;
  if (tree.members === 0) tree.ended = Math.max(at, tree.began);
}

export function endInstance(instance: Instance, at: number): void {
  leave(instance, at);
  instance.exited ??= at;
  instance.started = [];
}

/** A tree that runs ever new script names is not worth a row set for each. */
const MAX_ORIGINS = 1000;
const MORE_CLASSES = 'other';

export function internOrigin(tree: Tree, cgroup: Cgroup, wanted: string): Origin {
  const full = tree.origins.size >= MAX_ORIGINS && !tree.origins.has(`${cgroup.id}\0${wanted}`);
  const name = full ? MORE_CLASSES : wanted;
  const key = `${cgroup.id}\0${name}`;
  let origin = tree.origins.get(key);
  if (!origin) {
    origin = {
      tree,
      cgroup,
      className: name,
      rows: createRows(),
      ended: 0,
      endedSeen: new Map(),
      details: new Map(),
      marks: [],
      alias: null,
    };
    tree.origins.set(key, origin);
  }
  return origin;
}

/** Null for what is no workload: the runtime's init, kernel threads, the sensor. */
export function originOf(table: ProcessTable, instance: Instance): Origin | null {
  if (instance.ignored || instance.init) return null;
  const name = instance.program ? className(instance.program) : UNKNOWN_CLASS;
  instance.origin ??= internOrigin(treeOf(table, instance), instance.cgroup, name);
  return instance.origin;
}

/** The runtime's init: kept apart, for its system calls only. */
export function initOrigin(table: ProcessTable, instance: Instance): Origin | null {
  return instance.ignored ? null : internOrigin(treeOf(table, instance), instance.cgroup, INIT_CLASS);
}

export function currentOrigin(origin: Origin): Origin {
  let at = origin;
  while (at.alias) at = at.alias;
  return at;
}

/**
 * After an exec, a move to another cgroup, or the first record that tells its program: finds tree and class anew.
 * @param anew whatever place it had so far was not by its lineage.
 */
export function replace(table: ProcessTable, instance: Instance, anew: boolean): void {
  const before = instance.tree;
  instance.origin = null;
  if (anew || !before || before.scope !== instance.cgroup.scope) {
    detach(instance);
    treeOf(table, instance);
  } else if (instance.cgroup.scope === HOST_SCOPE) replaceOnHost(table, instance, before);
  originOf(table, instance);
}

function detach(instance: Instance): void {
  leave(instance, instance.image);
  instance.tree = null;
}

/** A root that becomes another program names another workload; its children so far stay where they are. */
function replaceOnHost(table: ProcessTable, instance: Instance, before: Tree): void {
  const isRoot = before.pid === instance.pid && before.start === instance.start;
  const same = isRoot && before.program && instance.program && sameProgram(before.program, instance.program);
  if (same) return;
  join(instance, treeBelow(table, instance, instance.above));
}

function sameProgram(a: ProcessClass, b: ProcessClass): boolean {
  return a.exe === b.exe && a.script === b.script;
}

/** What was counted for a pid without a record becomes the process's own. */
export function adopt(table: ProcessTable, instance: Instance, from: Origin): void {
  const into = originOf(table, instance);
  if (!into || into === from) return;
  mergeRows(into.rows, from.rows);
  mergeDetails(into.details, from.details);
  for (const mark of from.marks) addMark(into.marks, mark);
  if (into.tree !== from.tree) {
    mergeSessions(into.tree.sessions, from.tree.sessions);
    from.tree.sessions.clear();
  }
  clearRows(from.rows);
  from.alias = into;
  from.tree.origins.delete(`${from.cgroup.id}\0${from.className}`);
}

/** Process instances, keyed by (pid, start time), as far as their records tell. */
import type { Signal } from '../../model/kinds.ts';
import type { Launcher } from '../meaning/mcp.ts';
import type { IndexUse } from '../records/index-use.ts';
import type { ProcessClass } from '../workload/process-class.ts';
import type { Cgroup } from './cgroups.ts';
import type { Details, Mark } from './details.ts';
import type { Rows } from './rows.ts';
import type { SessionTally } from './tallies.ts';

export type Tree = {
  pid: number;
  start: string;
  /** µs of the boot clock, both; `ended` once its last member is gone. */
  began: number;
  ended: number | null;
  scope: string;
  cgroup: Cgroup;
  /** Null: no process record was ever seen for the root. */
  program: ProcessClass | null;
  uid: number;
  cwd: string;
  members: number;
  origins: Map<string, Origin>;
  sessions: Map<number, SessionTally>;
  /** Set on what stands for many ended trees. */
  remains: Remains | null;
};

export type Remains = {
  trees: number;
  /** Sessions there were; `sessions` keeps those of the lowest ids. */
  population: number;
  sessions: Map<string, SessionTally>;
  existedMs: number;
  observedMs: Map<Signal, number>;
};

/** Where uses are counted: one process class of one tree in one cgroup. */
export type Origin = {
  tree: Tree;
  cgroup: Cgroup;
  className: string;
  rows: Rows;
  /** Process instances that ended in this segment, and how many of them began under each signal's observation. */
  ended: number;
  endedSeen: Map<Signal, number>;
  details: Details;
  marks: Mark[];
  /** Set when what was thought unknown became known. */
  alias: Origin | null;
};

export type Instance = {
  pid: number;
  start: string;
  /** µs of the boot clock. */
  began: number;
  cgroup: Cgroup;
  parent: string | null;
  /** The latest of its children that executed something; none once it has ended. */
  started: Instance[];
  /** Null: no process record yet. */
  program: ProcessClass | null;
  /** What its command line says of the package that it runs; of the command line itself nothing is kept. */
  launcher: Launcher | null;
  uid: number;
  cwd: string;
  /** The container runtime's own process: not the workload before its exec. */
  init: boolean;
  /** Kernel thread, the sensor itself. */
  ignored: boolean;
  /** Fork or exec was seen, not just found. */
  startSeen: boolean;
  /** Latest exec, µs; what was done before belongs to the former image. */
  image: number;
  exited: number | null;
  /** The parent's tree, kept because the parent may be gone at the next exec. */
  above: Tree | null;
  tree: Tree | null;
  /** The tree whose root it is. */
  own: Tree | null;
  origin: Origin | null;
  /** The newest of its entries, see state/entry-table.ts; -1: none. */
  entry: number;
  /** Of stores of embeddings: what it has of their libraries, and of files that may be theirs. */
  index: IndexUse | null;
  /** Bit sets of system calls seen, by phase. */
  syscalls: { run: Uint32Array | null; init: Uint32Array | null };
};

export function processKey(pid: number, start: string): string {
  return `${pid}:${start}`;
}

/** Task start times are ns; decimal by contract, but any 64-bit text may come. */
export function startUs(start: string, fallback: number): number {
  const ns = /^\d{1,19}$/.test(start) ? Number(start) : Number.NaN;
  return ns > 0 ? Math.min(Math.floor(ns / 1000), fallback) : fallback;
}

export function createInstance(pid: number, start: string, cgroup: Cgroup, at: number): Instance {
  return {
    pid,
    start,
    began: startUs(start, at),
    cgroup,
    parent: null,
    started: [],
    program: null,
    launcher: null,
    uid: -1,
    cwd: '',
    init: false,
    ignored: false,
    startSeen: false,
    image: 0,
    exited: null,
    above: null,
    tree: null,
    own: null,
    origin: null,
    entry: -1,
    index: null,
    syscalls: { run: null, init: null },
  };
}

export type ProcessTable = { instances: Map<string, Instance>; trees: Set<Tree>; roots: ReadonlySet<number> };

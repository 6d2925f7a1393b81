/** Index libraries and data files of one process, joined: in whichever order it comes by them. */
import { indexLibrary, likelyIndex, mayBeIndex } from '../meaning/index-libraries.ts';
import { normalizePath } from '../meaning/paths.ts';
import { tally } from '../state/entries.ts';
import type { Instance } from '../state/processes.ts';
import type { Run } from '../state/run.ts';
import { target } from '../state/tallies.ts';
import { originOf } from '../state/trees.ts';

export type IndexUse = {
  /** Whose libraries it has mapped. */
  stores: ReadonlySet<string>;
  /** Opened: path → when, µs. */
  files: Map<string, number>;
  said: Set<string>;
};

const MAX_FILES = 32;
const NO_STORES: ReadonlySet<string> = new Set();

/** @param stores of the process that it was forked from */
function createIndexUse(stores: ReadonlySet<string> = NO_STORES): IndexUse {
  return { stores, files: new Map(), said: new Set() };
}

/** Mapped, or executed. */
export function noteIndexLibrary(run: Run, instance: Instance, path: string, at: number): void {
  const store = indexLibrary(path);
  if (store === null || instance.index?.stores.has(store)) return;
  instance.index ??= createIndexUse();
  instance.index.stores = new Set([...instance.index.stores, store]);
  for (const [file, opened] of instance.index.files) say(run, instance, store, file, Math.max(at, opened));
}

/** Opened, or found mapped. */
export function noteIndexFile(run: Run, instance: Instance, path: string, at: number): void {
  const file = normalizePath(path);
  if (!mayBeIndex(file)) return;
  instance.index ??= createIndexUse();
  const { files, stores } = instance.index;
  if (files.size < MAX_FILES && !files.has(file)) files.set(file, at);
  for (const store of stores) say(run, instance, store, file, at);
}

/** What was mapped is mapped in a child as well, until it executes something. */
export function inheritIndexUse(child: Instance, parent: Instance): void {
  if (parent.index && parent.index.stores.size > 0) child.index = createIndexUse(parent.index.stores);
}

/** Counted once a process: how often it went there, the rows of the file itself tell. */
function say(run: Run, instance: Instance, store: string, file: string, at: number): void {
  const subject = likelyIndex(store, file);
  const origin = originOf(run.table, instance);
  if (subject === null || !origin || !instance.index || instance.index.said.has(subject)) return;
  if (instance.index.said.size >= MAX_FILES) return;
  instance.index.said.add(subject);
  const to = target({ kind: 'rag-index', subject, source: 'sensor:mapping', context: 'likely' });
  tally(run, origin, to, { count: 1, bytes: 0, errors: 0, denied: 0, first: at, last: at });
}

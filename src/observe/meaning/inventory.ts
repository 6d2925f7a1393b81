/**
 * What is installed around a workload, read through the sensor: it names packages (an import name is not a
 * distribution's) and gives their versions. Everything read is foreign: sizes are bounded, odd entries are dropped.
 */
import type { Want } from '../types.ts';
import type { ArtifactUse } from './artifact-use.ts';

export type Inventory = {
  /** site-packages directory → distribution (PEP 503 name) → version. */
  python: Map<string, Map<string, string>>;
  /** Package directory → version. */
  npm: Map<string, string>;
  /** node_modules root → installed packages, purls. Null: it has no lock file, so packages are asked one by one. */
  npmRoots: Map<string, string[] | null>;
  npmUsed: Set<string>;
  /** Repository → revisions whose snapshot paths were opened. */
  revisions: Map<string, Set<string>>;
};

export type InventoryAsk = (op: Want['op'], path: string) => void;

const MAX_PACKAGES = 20_000;
const MAX_USED = 5_000;
const LOCK_FILE = '/.package-lock.json';
const DIST_INFO = /^([A-Za-z0-9][A-Za-z0-9._]*)-([0-9][^-]*)(?:-py[\d.]+)?\.(?:dist-info|egg-info)$/;

export function createInventory(): Inventory {
  return { python: new Map(), npm: new Map(), npmRoots: new Map(), npmUsed: new Set(), revisions: new Map() };
}

/** PEP 503. */
export function normalizeDistribution(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** Package URL (purl-spec, types npm and pypi); version null: any. */
export function npmPurl(name: string, version: string | null): string {
  const path = name.startsWith('@') ? `%40${name.slice(1)}` : name;
  return `pkg:npm/${path}${version === null ? '' : `@${encodeURIComponent(version)}`}`;
}

export function pypiPurl(name: string, version: string | null): string {
  return `pkg:pypi/${normalizeDistribution(name)}${version === null ? '' : `@${encodeURIComponent(version)}`}`;
}

/** The outermost node_modules: where npm (7 and later) keeps the hidden lock file of the whole tree. */
function npmRoot(directory: string): string {
  return directory.slice(0, directory.indexOf('/node_modules/') + '/node_modules'.length);
}

/** Asks for what would name this artifact, unless it was asked before; the caller drops repetitions. */
export function askFor(inventory: Inventory, use: ArtifactUse, ask: InventoryAsk): void {
  if (use.type === 'python') ask('list', use.site);
  else if (use.type === 'model') rememberRevision(inventory, use.repository, use.revision);
  else if (use.type === 'npm' && inventory.npmUsed.size < MAX_USED && !inventory.npmUsed.has(use.directory)) {
    inventory.npmUsed.add(use.directory);
    const root = npmRoot(use.directory);
    if (inventory.npmRoots.get(root) === null) ask('read', `${use.directory}/package.json`);
    else ask('read', root + LOCK_FILE);
  }
}

function rememberRevision(
  { revisions }: Inventory,
  repository: string | null,
  revision: string | null,
): void {
  if (repository === null || revision === null || revisions.size >= MAX_USED) return;
  const known = revisions.get(repository) ?? new Set<string>();
  if (known.size < 100) known.add(revision);
  revisions.set(repository, known);
}

/** @param data null where the sensor could not read it. */
export function answerInventory(
  inventory: Inventory,
  want: Pick<Want, 'op' | 'path'>,
  data: Uint8Array | null,
  ask: InventoryAsk,
): void {
  if (want.op === 'list') {
    if (data) inventory.python.set(want.path, distributions(new TextDecoder().decode(data)));
  } else if (want.path.endsWith(LOCK_FILE)) answerLock(inventory, want.path, data, ask);
  else if (want.path.endsWith('/package.json') && data) {
    const version = textField(parseObject(data), 'version');
    if (version) inventory.npm.set(want.path.slice(0, -'/package.json'.length), version);
  }
}

/** The question was not answered at all: uses of the same packages raise it again. */
export function forgetUse(inventory: Inventory, { path }: Pick<Want, 'path'>): void {
  const lock = path.endsWith(LOCK_FILE);
  const root = path.slice(0, path.lastIndexOf('/'));
  for (const directory of inventory.npmUsed)
    if (lock ? npmRoot(directory) === root : directory === root) inventory.npmUsed.delete(directory);
}

/** Names in a site-packages directory, NUL-separated. */
function distributions(listing: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of listing.split('\0').slice(0, MAX_PACKAGES)) {
    const match = DIST_INFO.exec(name);
    if (match) found.set(normalizeDistribution(match[1]!), match[2]!.slice(0, 64));
  }
  return found;
}

function answerLock(inventory: Inventory, path: string, data: Uint8Array | null, ask: InventoryAsk): void {
  const root = path.slice(0, -LOCK_FILE.length);
  const packages = data && parseObject(data)?.packages;
  if (!isObject(packages)) {
    inventory.npmRoots.set(root, null);
    for (const directory of inventory.npmUsed)
      if (npmRoot(directory) === root) ask('read', `${directory}/package.json`);
    return;
  }
  const base = root.slice(0, -'/node_modules'.length);
  const purls: string[] = [];
  for (const [key, entry] of Object.entries(packages).slice(0, MAX_PACKAGES)) {
    const version = textField(entry, 'version');
    const name = key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (!version || !key.startsWith('node_modules/') || name.length > 214) continue;
    inventory.npm.set(`${base}/${key}`, version);
    purls.push(npmPurl(name, version));
  }
  inventory.npmRoots.set(root, [...new Set(purls)].sort());
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parseObject(data: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(data));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function textField(value: unknown, field: string): string | null {
  const text = isObject(value) && Object.hasOwn(value, field) ? value[field] : null;
  return typeof text === 'string' && text !== '' && text.length <= 64 ? text : null;
}

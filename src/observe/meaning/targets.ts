/** From records to the subjects that they are uses of. */
import { SYSCALLS } from '../../catalog/syscalls.ts';
import { canonicalPath } from '../../match/path.ts';
import type { WireOf } from '../../model/wire.ts';
import { type Target, target } from '../state/tallies.ts';
import type { ProcessClass } from '../workload/process-class.ts';
import type { ArtifactUse, LoadState } from './artifact-use.ts';
import { egressSubject } from './egress.ts';
import { indexFile } from './index-files.ts';
import { modelFile, modelSubject } from './models.ts';
import { nodePackage, pythonPackage } from './packages.ts';
import { normalizePath, templatePath } from './paths.ts';
import { binary, inferenceServer, type Loader, loaderOf } from './programs.ts';

/**
 * Many processes use the same files: targets are made once and shared. Bounded by starting over, early: what only one
 * process uses is not looked up again, and what all use is soon back.
 */
export type TargetCache = { targets: Map<string, readonly Target[]>; cells: Map<string, string> };
const MAX_CACHED = 8192;

export function createTargets(): TargetCache {
  return { targets: new Map(), cells: new Map() };
}

function cached(cache: TargetCache, key: string, make: () => readonly Target[]): readonly Target[] {
  const known = cache.targets.get(key);
  if (known) return known;
  const targets = make();
  keep(cache.targets, key, targets);
  return targets;
}

/** Far fewer than files: held once each. */
function sharedCell(cache: TargetCache, cell: string): string {
  const known = cache.cells.get(cell);
  if (known !== undefined) return known;
  keep(cache.cells, cell, cell);
  return cell;
}

function keep<V>(cache: Map<string, V>, key: string, value: V): void {
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(key, value);
}

/** Until the segment closes a package goes by where it lies; its name is decided by what is installed there. */
function provisionalSubject(use: ArtifactUse): string {
  if (use.type === 'npm') return `npm:${use.directory}`;
  if (use.type === 'python') return `python:${use.site}:${use.module.join('.')}`;
  if (use.type === 'model') return use.repository === null ? modelSubject(use, null) : `hub:${use.path}`;
  return use.kind === 'binary' ? `file:${use.path}` : use.name;
}

function artifactTarget(use: ArtifactUse, source: string): Target {
  const kind = use.type === 'npm' || use.type === 'python' ? 'library' : use.kind;
  const subject = `${provisionalSubject(use)}${'state' in use ? `\u0001${use.state}` : ''}`;
  return target({ kind, subject, source, artifact: use, successOnly: true });
}

/** Code counts as imported only by what can import it; a mapped shared object is loaded whoever maps it. */
function packageUse(path: string, state: LoadState, loader: Loader): ArtifactUse | null {
  if (loader === 'copier') return null;
  const mapped = state === 'mapped';
  if (mapped || loader === 'node' || loader === 'unknown') {
    const use = nodePackage(path, mapped ? 'mapped' : 'imported');
    if (use) return use;
  }
  if (mapped || loader === 'python' || loader === 'unknown')
    return pythonPackage(path, mapped ? 'mapped' : 'imported');
  return null;
}

function artifactOf(path: string, state: LoadState, loader: Loader): ArtifactUse | null {
  if (loader === 'copier') return null;
  return modelFile(path, state) ?? packageUse(path, state, loader);
}

function fileContext(record: {
  truncated?: boolean | undefined;
  unresolved?: boolean | undefined;
}): string | null {
  if (record.unresolved) return 'unresolved-path';
  return record.truncated ? 'truncated-path' : null;
}

export function fileTargets(
  cache: TargetCache,
  record: WireOf<'file'>,
  program: ProcessClass | null,
): readonly Target[] {
  const loader = loaderOf(program);
  const context = fileContext(record);
  const { access } = record;
  return cached(cache, `f${access}${loader}${context ?? ''}:${record.path}\0${record.real ?? ''}`, () => {
    const path = normalizePath(record.path);
    const artifact = context === null && access !== 'w' ? artifactOf(path, 'opened', loader) : null;
    const index = context === null && loader !== 'copier' ? indexFile(path) : null;
    const source = 'sensor:file';
    // In one piece, as in egressSubject.
    const subject = [access, ':', path].join('');
    const cell = sharedCell(cache, `${access}:${templatePath(path)}`);
    const use = target({ kind: 'file-access', subject, source, context, cell });
    return [
      use,
      ...(artifact ? [artifactTarget(artifact, source)] : []),
      ...(index ? [indexTarget(index, source)] : []),
      ...linkedTargets(path, record.real, access, source),
    ];
  });
}

function indexTarget(subject: string, source: string): Target {
  return target({ kind: 'rag-index', subject, source, context: 'open', successOnly: true });
}

/**
 * What a link led to was opened as well: a mounted Secret is looked for where it is mounted. One open all the same,
 * so it is no cell of its own in sessions. Names in /proc are links by nature, and lead to nothing that is mounted.
 */
function linkedTargets(path: string, to: string | undefined, access: string, source: string): Target[] {
  const real = to === undefined ? path : normalizePath(to);
  if (canonicalPath(real) === canonicalPath(path) || /^\/(?:proc|sys|dev)\//.test(real)) return [];
  return [target({ kind: 'file-access', subject: `${access}:${real}`, source, context: 'link' })];
}

/** A mapping found by the iterator is the only trace of an open before the window: it counts as a read. */
export function mappingTargets(
  cache: TargetCache,
  record: WireOf<'mapping'>,
  program: ProcessClass | null,
): readonly Target[] {
  const loader = loaderOf(program);
  const read = record.existing === true && !record.exec;
  return cached(cache, `m${read ? 'r' : ''}${loader}${record.truncated ?? ''}:${record.path}`, () => {
    const path = normalizePath(record.path);
    const source = 'sensor:mapping';
    const artifact = record.truncated ? null : artifactOf(path, 'mapped', loader);
    const use = target({
      kind: 'file-access',
      subject: `r:${path}`,
      source,
      cell: sharedCell(cache, `r:${templatePath(path)}`),
    });
    return [...(read ? [use] : []), ...(artifact ? [artifactTarget(artifact, source)] : [])];
  });
}

export function connectTargets(cache: TargetCache, record: WireOf<'connect'>): readonly Target[] {
  const subject = egressSubject(record);
  return cached(cache, `c${subject}`, () => [
    target({ kind: 'egress', subject, source: 'sensor:network', cell: subject }),
  ]);
}

export function executionTargets(
  cache: TargetCache,
  program: ProcessClass,
  argv: readonly string[],
): readonly Target[] {
  const { exe } = program;
  const source = 'sensor:process';
  const server = inferenceServer(program, argv);
  const own = cached(cache, `x:${exe}`, () => [
    target({ kind: 'process', subject: exe, source, cell: exe }),
    artifactTarget(binary(exe), source),
  ]);
  return server ? [...own, artifactTarget(server, source)] : own;
}

const NAMES = new Map<string, readonly string[]>(
  Object.entries(SYSCALLS).map(([arch, runs]) => {
    const names: string[] = [];
    for (const [first, text] of runs)
      for (const [i, name] of text.split(/\s+/).entries()) names[first + i] = name;
    return [arch, names];
  }),
);
/** uname's name for what the tables call x86_64 and aarch64. */
const ARCHES: ReadonlyMap<string, string> = new Map([
  ['amd64', 'x86_64'],
  ['arm64', 'aarch64'],
]);

/** `syscall_999` where this table knows no name: a kernel newer than it. */
export function syscallName(arch: string, nr: number): string {
  return NAMES.get(ARCHES.get(arch) ?? arch)?.[nr] ?? `syscall_${nr}`;
}

export function syscallTargets(
  cache: TargetCache,
  arch: string,
  nr: number,
  phase: 'init' | 'run',
): readonly Target[] {
  return cached(cache, `s${phase}${nr}`, () => {
    const init = phase === 'init';
    const source = init ? 'sensor:syscall:init' : 'sensor:syscall';
    return [
      target({ kind: 'syscall', subject: syscallName(arch, nr), source, context: init ? 'init' : null }),
    ];
  });
}

/** Reads both postures, live or from files; the only part of the audit that touches the world. */
import { UserError } from '../errors.ts';
import type { ConfiguredPosture } from '../model/configured.ts';
import type { Estate } from '../model/estate.ts';
import type { ObservedPosture } from '../model/observed.ts';
import type { ManifestEntry } from '../model/snapshot.ts';
import type { Usage } from '../model/usage.ts';
import { Contradiction } from '../reconcile/history/expected.ts';
import { createHistory, type History } from '../reconcile/history.ts';
import { resolveEstate } from '../scope/resolve.ts';
import { createScratch } from '../sources/files/scratch.ts';
import { READ_LIMITS, readManifest, readSegments } from '../sources/files/snapshot-reader.ts';
import type { AuditOptions } from './audit-options.ts';
import { gatherEstate } from './gather-estate.ts';
import { gatherUsage } from './gather-usage.ts';
import { keepHeapTight } from './heap.ts';
import type { CommandIo } from './io.ts';

export type Configured = { configured: ConfiguredPosture | null; usage: Usage | null };

/** Null only where nothing was to be read: then everything configured is cannot-tell, and says so. */
export async function gatherConfigured(options: AuditOptions, io: CommandIo): Promise<Configured> {
  const estate = await gatherEstate(options, io);
  const usage = await gatherUsage(options, estate.aws, io);
  if (isNothing(estate)) return { configured: null, usage };
  const { posture } = resolveEstate(estate);
  for (const warning of posture.warnings) io.stderr(`warning: ${warning}\n`);
  return { configured: posture, usage };
}

function isNothing(estate: Estate): boolean {
  return Object.values(estate).every((part) => part === null);
}

export type Observed = { observed: ObservedPosture | null; baseline: ObservedPosture | null };

type Announced = ManifestEntry & { origin: string };

/** Both null where no file was given. Manifests are read first: they say what is contested, and what is given twice. */
export async function gatherObserved(
  paths: readonly string[],
  baselinePaths: readonly string[],
  io: CommandIo,
): Promise<Observed> {
  const window = await announcedSegments(paths);
  const before = await announcedSegments(baselinePaths);
  refuseShared(window, before);
  const observed = await mergeSegments(paths, window);
  const baseline = await mergeSegments(baselinePaths, before);
  for (const note of [observed, baseline].flatMap((one) => one?.notes ?? [])) io.stderr(`note: ${note}\n`);
  return { observed, baseline };
}

/** A window in its own baseline would hide its own shift: Gap 3 would read as clean. */
function refuseShared(window: readonly Announced[], before: readonly Announced[]): void {
  const known = new Map(before.map((segment) => [segment.sha256, segment]));
  const shared = window.filter(({ sha256 }) => known.has(sha256));
  if (shared.length === 0) return;
  const { origin, sha256 } = shared[0]!;
  const what = shared.length === 1 ? '1 segment is' : `${shared.length} segments are`;
  throw new UserError(`${what} in the window and in its baseline: ${origin}, ${known.get(sha256)!.origin}`, {
    hint: 'give --baseline-snapshot files of an earlier time: what is compared with itself has not shifted',
  });
}

/** Streams every segment of every file into one history: one that no other run contests is summed as it comes. */
async function mergeSegments(
  paths: readonly string[],
  announced: readonly Announced[],
): Promise<ObservedPosture | null> {
  if (paths.length === 0) return null;
  try {
    const history = createHistory(announced);
    await readInto(history, paths);
    keepHeapTight();
    return history.finish();
  } catch (error) {
    if (!(error instanceof Contradiction)) throw error;
    throw new UserError(error.message, {
      hint: 'give only one of the two files; the one that a sensor wrote has the hash its manifest names',
      cause: error,
    });
  }
}

async function readInto(history: History, paths: readonly string[]): Promise<void> {
  const scratch = createScratch();
  for (const path of paths) {
    for await (const segment of readSegments(path, READ_LIMITS, scratch)) history.add(segment, path);
  }
}

/** One file after another: thousands at once are more than a process may have open. */
async function announcedSegments(paths: readonly string[]): Promise<Announced[]> {
  const announced: Announced[] = [];
  for (const path of paths) {
    const { segments } = await readManifest(path);
    for (const segment of segments) announced.push({ ...segment, origin: path });
  }
  return announced;
}

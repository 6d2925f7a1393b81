import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { ReadSegment } from '../model/snapshot.ts';
import { removeLeftovers } from '../sources/files/atomic.ts';
import { readManifest } from '../sources/files/snapshot-reader.ts';
import { openSnapshotWriter, type SnapshotWriter } from '../sources/files/snapshot-writer.ts';
import type { CollectPlan } from './collect-options.ts';
import { fileStem, SEGMENT_NAME, segmentPath } from './collect-options.ts';

/** `files`: how many were written, where each segment has its own; path and size are the last one's then. */
export type Written = { path: string; bytes: number; segments: number; files?: number };

/** Where closed segments go. */
export type Output = {
  /** @throws UserError; the segment was not written then, and what was before it still is. */
  save(segment: ReadSegment): Promise<void>;
  /** Last file written, and how many segments in all; null when there was none. */
  finish(): Promise<Written | null>;
};

type OutputContext = { createdBy: string; now: () => number; warn: (text: string) => void };

/**
 * Opens the output before anything is collected, so that a directory that cannot be written is told at once, and
 * removes the temporary files that a killed run left there.
 */
export async function openOutput(plan: CollectPlan, context: OutputContext): Promise<Output> {
  const { each, path } = plan.output;
  if (each) return openDirectory(plan, context);
  if ((await stat(path).catch(() => null))?.isDirectory())
    throw new UserError(`-o ${path} is a directory`, {
      hint: 'Name a file in it, or add --every 1h to write one file per segment.',
    });
  await removeLeftovers(dirname(path), (target) => target === basename(path)).catch(() => []);
  return openFile(path, context);
}

async function openFile(path: string, { createdBy }: OutputContext): Promise<Output> {
  const writer: SnapshotWriter = await openSnapshotWriter(path, createdBy);
  return {
    save: (segment) => writer.add(segment),
    async finish() {
      const written = await writer.finish();
      return written.segments > 0 ? written : null;
    },
  };
}

async function openDirectory(plan: CollectPlan, context: OutputContext): Promise<Output> {
  const directory = plan.output.path;
  await mkdir(directory, { recursive: true }).catch((error: Error) => {
    throw new UserError(`cannot use ${directory}: ${error.message}`, {
      exitCode: 4,
      hint: 'With --every, -o names a directory.',
    });
  });
  const removed = await removeLeftovers(directory, (target) => SEGMENT_NAME.test(target));
  if (removed.length > 0)
    context.warn(`removed ${removed.length} unfinished file(s) of an earlier run in ${directory}`);
  let last: Written | null = null;
  return {
    async save(segment) {
      const stem = fileStem(segment.node.name, segment.start);
      const path = segmentPath(directory, stem, segment.run, segment.sequence);
      const writer = await openSnapshotWriter(path, context.createdBy);
      try {
        await writer.add(segment);
      } finally {
        const written = await writer.finish();
        if (written.segments > 0) last = { ...written, files: (last?.files ?? 0) + 1 };
      }
      await retire(directory, { node: segment.node.name, written: path }, plan.keep, context);
    },
    finish: async () => last,
  };
}

/**
 * Deletes files of this node beyond what is to be kept. Ours: by name, and by a manifest that can be read. Never the
 * one just written: where the clock was set, it may bear a time before all others, or one long ago.
 */
async function retire(
  directory: string,
  { node, written }: { node: string; written: string },
  keep: CollectPlan['keep'],
  context: OutputContext,
): Promise<void> {
  if (keep.files === null && keep.ms === null) return;
  const ours: { path: string; end: number }[] = [];
  for (const name of await readdir(directory)) {
    if (!SEGMENT_NAME.test(name)) continue;
    const path = join(directory, name);
    const manifest = await readManifest(path).catch(() => null);
    const entry = manifest?.segments[0];
    if (path !== written && manifest?.createdBy.startsWith('ai-spm ') && entry?.node === node)
      ours.push({ path, end: entry.end });
  }
  ours.sort((a, b) => b.end - a.end);
  const tooMany = keep.files === null ? [] : ours.slice(keep.files - 1);
  const tooOld = keep.ms === null ? [] : ours.filter(({ end }) => context.now() - end > keep.ms!);
  for (const path of new Set([...tooMany, ...tooOld].map((file) => file.path)))
    await rm(path, { force: true }).catch((error: Error) =>
      context.warn(`cannot delete ${path}: ${error.message}`),
    );
}

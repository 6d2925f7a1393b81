import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { ReadSegment } from '../model/snapshot.ts';
import type { Output, Written } from './collect-output.ts';

/** A day of hourly segments held in memory while their disk is full. */
const MAX_WAITING = 24;

/**
 * Saves segments one after another without holding up the reading of the sensor. One that cannot be written waits
 * and is tried again with the next; what still waits at the end is saved elsewhere.
 */
export type SegmentQueue = {
  push(segment: ReadSegment): void;
  /** Resolves when everything is written. @throws the last error when something could not be saved anywhere. */
  drain(): Promise<{ rescued: Written | null }>;
  dropped(): number;
};

export function createSegmentQueue(
  output: Output,
  rescue: (path: string, segments: readonly ReadSegment[]) => Promise<void>,
  options: { name: string; warn: (text: string) => void },
): SegmentQueue {
  const waiting: ReadSegment[] = [];
  let dropped = 0;
  let failure: unknown = null;
  let tail: Promise<void> = Promise.resolve();

  /** Only a disk that refuses them costs the oldest: a replay just closes segments faster than they are written. */
  function bound(): void {
    dropped += waiting.splice(0, Math.max(0, waiting.length - MAX_WAITING)).length;
  }

  async function flush(): Promise<void> {
    for (let segment = waiting.shift(); segment !== undefined; segment = waiting.shift()) {
      try {
        await output.save(segment);
        failure = null;
      } catch (error) {
        waiting.unshift(segment);
        failure = error;
        bound();
        options.warn(`${(error as Error).message}; ${waiting.length} segment(s) wait in memory`);
        return;
      }
    }
  }
  return {
    push(segment) {
      waiting.push(segment);
      if (failure !== null) bound();
      tail = tail.then(flush);
    },
    async drain() {
      await tail;
      await flush();
      if (waiting.length === 0) return { rescued: null };
      let path: string;
      try {
        // A folder of its own: what an earlier run left under that name stays, and nobody can have put a link there.
        path = join(await mkdtemp(join(tmpdir(), 'ai-spm-')), basename(options.name));
        await rescue(path, waiting);
      } catch {
        throw failure;
      }
      return { rescued: { path, bytes: (await stat(path)).size, segments: waiting.length } };
    },
    dropped: () => dropped,
  };
}

/** Families given up while the rest goes on: said in the coverage, and no longer observed from then on. */
import type { ApplicationSignal } from '../../model/kinds.ts';
import { attachedAt, type Run } from './run.ts';

/** Of the sensor's image-detach. */
export type ShedImage = { pid: number; start: string; path: string };

/**
 * @param at µs of the boot clock.
 * @returns whose probes are to be detached one by one: of `tls`, all that are attached, and none of another; null where
 * the family is not attached, or was given up before.
 */
export function shed(run: Run, signal: ApplicationSignal, why: string, at: number): ShedImage[] | null {
  if (run.shed.has(signal) || attachedAt(run, signal) === null) return null;
  run.shed.set(signal, { why, at });
  return signal === 'tls' ? detachImages(run) : [];
}

function detachImages(run: Run): ShedImage[] {
  const detached: ShedImage[] = [];
  for (const { images } of run.cgroups.values())
    for (const [key, image] of images) {
      if (image.status !== 'attached') continue;
      images.set(key, { ...image, status: 'detached' });
      detached.push({ pid: image.pid, start: image.start, path: image.path });
    }
  return detached;
}

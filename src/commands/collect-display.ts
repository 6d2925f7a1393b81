/** What a person sees while it runs: the live view on a terminal, otherwise one line a minute. */
import { type CollectProgress, progressLine } from '../render/collect-progress.ts';
import type { CollectIo } from './collect-io.ts';

export type Display = { close(): void };

const FRAME_MS = 1000;
const LINE_MS = 60_000;

/** @param measure reads the state at this moment; asked only when it is shown */
export async function openDisplay(
  io: CollectIo,
  options: { progress: boolean; quiet: boolean },
  measure: () => CollectProgress,
): Promise<Display> {
  if (options.quiet || !options.progress) return { close: () => {} };
  if (io.terminal === null) return every(LINE_MS, () => io.stderr(progressLine(measure())));
  const { openCollectView } = await import('../render/ui/collect-view.ts');
  const view = openCollectView(io.terminal, measure());
  const timer = every(FRAME_MS, () => view.update(measure()));
  return {
    close() {
      timer.close();
      view.update(measure());
      view.close();
    },
  };
}

function every(ms: number, action: () => void): Display {
  const timer = setInterval(action, ms);
  return { close: () => clearInterval(timer) };
}

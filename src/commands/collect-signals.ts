/** A signal counts from the first moment: while probes attach there is nothing to write yet, but files to clean up. */
import { EXIT, UserError } from '../errors.ts';
import type { CollectIo, StopSignal } from './collect-io.ts';

/** The first ends the window, the second the program: more mean nothing. */
const MAX_PENDING = 2;

type Signals = {
  /**
   * Settles as `open` does, or rejects at the first signal: then it is told by its own, and what opens all the same is
   * closed again.
   */
  orInterrupted<T extends { close(): void }>(open: (cancelled: AbortSignal) => Promise<T>): Promise<T>;
  /** As that of CollectIo; signals that came between opening and this are passed on. */
  onSignal: CollectIo['onSignal'];
  close(): void;
};

export function listenForSignals(io: Pick<CollectIo, 'onSignal'>): Signals {
  let handler: ((signal: StopSignal) => void) | null = null;
  const pending: StopSignal[] = [];
  const interrupted = Promise.withResolvers<never>();
  interrupted.promise.catch(() => {});
  const cancel = new AbortController();
  const close = io.onSignal((signal) => {
    if (handler) return handler(signal);
    if (pending.length < MAX_PENDING) pending.push(signal);
    cancel.abort();
    interrupted.reject(
      new UserError(`${signal} before anything was observed: nothing was written`, {
        exitCode: EXIT.interrupted,
      }),
    );
  });
  return {
    orInterrupted(open) {
      const opened = open(cancel.signal).then((one) => {
        if (pending.length > 0) one.close();
        return one;
      });
      opened.catch(() => {});
      return Promise.race([interrupted.promise, opened]);
    },
    onSignal(next) {
      handler = next;
      for (const one of pending) next(one);
      return () => {
        handler = null;
      };
    },
    close,
  };
}

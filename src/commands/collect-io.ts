import type { CommandIo } from './io.ts';

/** Ctrl-C, a service manager, a terminal that went away (a dropped SSH session must not cost what was seen). */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** What collecting needs of the outside beyond a report's. */
export type CollectIo = CommandIo & {
  /** Standard error where a person watches it, for the live view; null in pipes and CI. */
  terminal: NodeJS.WriteStream | null;
  /** Calls back on each; returns the function that stops listening. */
  onSignal: (handler: (signal: StopSignal) => void) => () => void;
  env: Readonly<Record<string, string | undefined>>;
};

import { sanitizeLine } from '../render/sanitize.ts';

/** What a command may do to the outside besides its sources: given by cli.ts, faked by tests. */
export type CommandIo = {
  /** The report and nothing else. */
  stdout: (text: string) => Promise<void>;
  /** Progress and logs on standard error; nothing with -q. */
  stderr: (text: string) => void;
  /** Why the run fails, or what it may lose: on standard error also with -q. */
  problem: (text: string) => void;
  /** Epoch ms. */
  now: () => number;
  /** Columns of standard output: the terminal's, COLUMNS, else 80. */
  columns: number;
  /** Colour on standard output. */
  color: boolean;
};

/** Lines for standard error, in which a name from a manifest or a file system is nothing but text. */
export function plainText(text: string): string {
  return text.split('\n').map(sanitizeLine).join('\n');
}

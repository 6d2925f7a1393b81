/** Exit codes: never a count. 1 wins over 3; both are printed. */
export const EXIT = {
  ok: 0,
  gate: 1,
  usage: 2,
  coverage: 3,
  failed: 4,
  nothing: 5,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure that we understand: printed as message and hint, without a stack. Anything else is a bug report. */
export class UserError extends Error {
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(message: string, options: { hint?: string; exitCode?: ExitCode; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'UserError';
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? EXIT.usage;
  }
}

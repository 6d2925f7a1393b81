/** Runs the program as a user does: a process of its own, its streams pipes, its environment bare. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, onTestFailed } from 'vitest';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = fileURLToPath(new URL('../../bin/ai-spm.js', import.meta.url));

export type CliResult = { code: number | null; stdout: string; stderr: string };

/** `input`: what it reads from standard input, a socket; without, there is none. */
export type CliOptions = { env?: Record<string, string>; cwd?: string; input?: string };

export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return finish(process.execPath, [BIN, ...args], options);
}

/** A shell line in which `ai-spm` is the program: for pipes and redirections. */
export function runShell(line: string, options: CliOptions = {}): Promise<CliResult> {
  const script = `ai-spm() { "${process.execPath}" "${BIN}" "$@"; }; ${line}`;
  return finish('bash', ['-c', script], options);
}

/** On a terminal of that width: `stdout` is all that it showed, both streams together. */
export function runTerminal(
  args: readonly string[],
  columns: number,
  options: CliOptions = {},
): Promise<CliResult> {
  return finish('script', terminalArguments(args, columns), {
    ...options,
    env: { TERM: 'xterm', ...options.env },
  });
}

/** What `script` (util-linux) is to be called with so that the program has a terminal of its own. */
export function terminalArguments(args: readonly string[], columns: number): string[] {
  return [
    '-qec',
    `stty cols ${columns} rows 50; exec ${[process.execPath, BIN, ...args].map(quote).join(' ')}`,
    '/dev/null',
  ];
}

/** The program under another one, as `setpriv` or `unshare` are. */
export function runUnder(
  command: readonly string[],
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  return finish(command[0]!, [...command.slice(1), process.execPath, BIN, ...args], options);
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** For those that send signals or watch while it runs. */
export function startCli(args: readonly string[], options: CliOptions = {}) {
  return collectOutput(start(process.execPath, [BIN, ...args], options));
}

export function startTerminal(args: readonly string[], columns: number) {
  return collectOutput(start('script', terminalArguments(args, columns), { env: { TERM: 'xterm' } }));
}

/** @throws where a signal ended it, which nobody sent here: what it said until then proves nothing. */
async function finish(command: string, args: readonly string[], options: CliOptions): Promise<CliResult> {
  const { child, ended } = collectOutput(start(command, args, options));
  const result = await ended;
  const line = [command, ...args].join(' ');
  const { code, stdout, stderr } = result;
  const said = `exit code ${code}, ${stdout.length} characters, at last: ${stdout.slice(-500)}${stderr.slice(-2000)}`;
  tellIfFailed(`${line}: ${said}`);
  if (child.signalCode !== null) throw new Error(`${child.signalCode} ended ${line}: ${said}`);
  return result;
}

/** A test that looks at standard output alone fails without a word of why there is nothing on it. */
function tellIfFailed(text: string): void {
  try {
    onTestFailed(() => void process.stderr.write(`${text}\n`));
  } catch {
    // Not in a test, but before or after all of them: there the exit code is looked at.
  }
}

function start(command: string, args: readonly string[], options: CliOptions) {
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ...options.env };
  const cwd = options.cwd ?? ROOT;
  const { input } = options;
  const child = spawn(command, args, { cwd, env, stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
  child.stdin?.end(input);
  return child as ChildProcessByStdio<Writable | null, Readable, Readable>;
}

function collectOutput(child: ReturnType<typeof start>) {
  const result: CliResult = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    result.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    result.stderr += text;
  });
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...result, code }));
  });
  return { child, result, ended };
}

/** Waits until it says so; fails with what it said instead. */
export async function untilSaid(
  running: ReturnType<typeof collectOutput>,
  pattern: RegExp,
  seconds = 20,
): Promise<void> {
  const said = () => running.result.stdout + running.result.stderr;
  const deadline = Date.now() + seconds * 1000;
  while (!pattern.test(said())) {
    if (running.child.exitCode !== null || Date.now() > deadline)
      throw new Error(`never said ${pattern}: ${JSON.stringify(said())}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

/** A known error: its exit code, nothing on standard output, what and what to do, no stack. */
export function expectRefusal({ code, stdout, stderr }: CliResult, exitCode: number, message: RegExp): void {
  expect({ code, stdout, stderr }).toEqual({
    code: exitCode,
    stdout: '',
    stderr: expect.stringMatching(message),
  });
  expect(stderr).toMatch(/\n {2}hint: \S/);
  expect(stderr).not.toMatch(/\n\s+at |this is a defect/);
}

/** Tests of privileges and name spaces are skipped, visibly, where we have none. */
export const IS_ROOT = process.getuid?.() === 0;
if (!IS_ROOT) process.stderr.write('not root: tests of privileges and full disks are skipped\n');

/** Several runs before the first test, on a machine that has other things to do. */
export const SET_UP_MS = 60_000;

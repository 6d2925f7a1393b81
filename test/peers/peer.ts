/** A window of `ai-spm collect` over one cgroup, and real programs run in it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../cli/run-cli.ts';
import { readRows, type SnapshotRows } from '../e2e/rows.ts';
import type { Lab } from './lab.ts';

const MOUNT = () => /^cgroup2? (\S+) cgroup2 /m.exec(readFileSync('/proc/self/mounts', 'utf8'))![1]!;

export type Ran = { code: number | null; stdout: string; stderr: string };
export type RunOptions = { env?: Record<string, string>; cwd?: string; input?: string };

export type Window = {
  /** Runs a program in the cgroup and the lab, from its first instruction on. Throws where it fails. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<string>;
  /** Ends the window as Ctrl-C does. */
  close(): Promise<Seen>;
};
export type Seen = SnapshotRows & { snapshot: string; stderr: string };

let windows = 0;

export async function openWindow(lab: Lab): Promise<Window> {
  const name = `ai-spm-peers-${process.pid}-${windows++}`;
  const cgroup = join(MOUNT(), name);
  mkdirSync(cgroup);
  const snapshot = join(lab.folder, `${name}.jsonl.zst`);
  const args = ['bin/ai-spm.js', 'collect', '--cgroup', `/${name}`, '-o', snapshot];
  const collector = capture(spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] }));
  // What starts in the cgroup from now on is seen whole.
  await says(collector, 'observing');
  return {
    run: (command, own, options = {}) => inside(lab, cgroup, [command, ...own], options),
    async close() {
      // What was read last is still on its way.
      await sleep(500);
      collector.child.kill('SIGINT');
      const { stderr } = await collector.ended;
      await emptied(cgroup);
      return { ...(await readRows(snapshot)), snapshot, stderr };
    },
  };
}

async function inside(
  { enter, env, folder }: Lab,
  cgroup: string,
  command: readonly string[],
  { env: own = {}, cwd = folder, input = '' }: RunOptions,
): Promise<string> {
  const line = `echo $$ > ${cgroup}/cgroup.procs && cd ${cwd} && exec "$0" "$@"`;
  const [program, ...args] = [...enter, 'sh', '-c', line, ...command];
  const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const whole = { PATH, HOME: folder, ...env, ...own };
  const running = capture(spawn(program!, args, { env: whole, stdio: ['pipe', 'pipe', 'pipe'] }));
  running.child.stdin!.on('error', () => {}).end(input);
  const { code, stdout, stderr } = await running.ended;
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}

type Capture = { child: ChildProcess; soFar: () => string; ended: Promise<Ran> };

function capture(child: ChildProcess): Capture {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  const ended = new Promise<Ran>((resolve) => child.once('close', (code) => resolve({ code, ...said })));
  return { child, soFar: () => said.stderr, ended };
}

async function says({ child, soFar }: Capture, word: string): Promise<void> {
  for (const end = Date.now() + 20_000; !soFar().includes(word); await sleep(50))
    if (Date.now() > end || child.exitCode !== null) throw new Error(`collect does not run: ${soFar()}`);
}

async function emptied(cgroup: string): Promise<void> {
  for (const end = Date.now() + 5000; Date.now() < end; await sleep(50))
    try {
      return rmdirSync(cgroup);
    } catch {
      // Somebody is in it still.
    }
  throw new Error(`something keeps running in ${statSync(cgroup).isDirectory() ? cgroup : ''}`);
}

/** An independent witness: strace on processes that already run, and on all that they start. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export class Strace {
  readonly #log: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, log: string) {
    this.#child = child;
    this.#log = log;
  }

  /** Null where strace is not installed. Resolves when it is attached. */
  static async attach(pids: readonly number[], log: string): Promise<Strace | null> {
    if (spawnSync('strace', ['-V']).status !== 0) return null;
    const attach = pids.flatMap((pid) => ['-p', String(pid)]);
    const filter = ['-f', '-e', 'trace=connect,execve,openat', '-e', 'signal=none', '-s', '256'];
    const child = spawn('strace', [...filter, '-o', log, ...attach], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await new Promise((resolve) => child.stderr!.once('data', resolve));
    return new Strace(child, log);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGINT');
    await gone;
  }

  /** TCP connects to the ports that the agent uses, programs executed, files opened. */
  read(): { connects: string[]; programs: string[]; opened: string[] } {
    const log = readFileSync(this.#log, 'utf8');
    const connect =
      /connect\(\d+, \{sa_family=AF_INET, sin_port=htons\((443|8080)\), sin_addr=inet_addr\("([\d.]+)"\)/g;
    return {
      connects: [...log.matchAll(connect)].map(([, port, address]) => `${address}:${port}`),
      programs: [...log.matchAll(/execve\("([^"]+)".* = 0$/gm)].map(([, program]) => program!),
      opened: [...log.matchAll(/openat\(AT_FDCWD, "([^"]+)".* = \d+$/gm)].map(([, path]) => path!),
    };
  }
}

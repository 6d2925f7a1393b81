/** The main job as its user does it: `collect` first, then the agent, then `audit` of both. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockSandbox } from '../../fixtures/agent/sandbox/lock.ts';
import { type AgentOptions, startAgent } from '../../fixtures/agent/sandbox.ts';
import { parseTruth, type TruthRecord } from '../../fixtures/agent/truth.ts';
import { type Report, reportSchema } from '../../src/model/report.ts';
import { type CliResult, ROOT, runCli } from '../cli/run-cli.ts';

const LIMIT_MS = 60_000;

export type Collected = { snapshot: string; truth: TruthRecord[]; code: number | null; stderr: string };

/**
 * From before the agent's first instruction until after its last: Ctrl-C ends the window, as nobody knows how long. The
 * agents of other tests are the same pod: none runs from before we attach until the window has closed.
 */
export async function collectAgent(folder: string, options: AgentOptions): Promise<Collected> {
  const snapshot = join(folder, 'agent.jsonl.zst');
  const truthLog = join(folder, 'truth.ndjson');
  const lock = await lockSandbox();
  try {
    const collector = startCollect(snapshot);
    try {
      await collector.says('observing');
      await wholeLife({ ...options, truthLog, locked: true });
    } finally {
      collector.interrupt();
    }
    const { code, stderr } = await collector.ended;
    return { snapshot, truth: parseTruth(readFileSync(truthLog, 'utf8')), code, stderr };
  } finally {
    lock?.close();
  }
}

async function wholeLife(options: AgentOptions): Promise<void> {
  const agent = await startAgent(options);
  try {
    const ended = await Promise.race([agent.ended, sleep(LIMIT_MS, 'nothing', { ref: false })]);
    if (ended !== 0) throw new Error(`the agent ended with ${ended} after at most ${LIMIT_MS} ms`);
  } finally {
    await agent.stop();
  }
}

function startCollect(snapshot: string) {
  const args = ['collect', '--pods', 'fixtures/estate', '-n', 'research', '--no-live', '-o', snapshot];
  const child = spawn(process.execPath, ['bin/ai-spm.js', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, stderr })),
  );
  return {
    ended,
    interrupt: () => void child.kill('SIGINT'),
    async says(word: string): Promise<void> {
      for (const end = Date.now() + 20_000; !stderr.includes(word); await sleep(50))
        if (Date.now() > end || child.exitCode !== null) throw new Error(`collect does not run: ${stderr}`);
    },
  };
}

export async function audit(snapshot: string): Promise<{ report: Report; result: CliResult }> {
  const args = ['audit', snapshot, '--configured', 'fixtures/estate', '-f', 'json', '-q'];
  const result = await runCli(args);
  if (result.code !== 0) throw new Error(`audit exited ${result.code}: ${result.stderr}`);
  return { report: reportSchema.parse(JSON.parse(result.stdout)), result };
}

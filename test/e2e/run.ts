/** The main job as its user does it: `collect` first, then the agent, then `audit` of both. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AgentOptions, startAgent } from '../../fixtures/agent/sandbox.ts';
import { parseTruth, type TruthRecord } from '../../fixtures/agent/truth.ts';
import { type Report, reportSchema } from '../../src/model/report.ts';
import { type CliResult, ROOT, runCli } from '../cli/run-cli.ts';

const LIMIT_MS = 60_000;
/** How long the agents of other tests may keep us waiting. */
const FREE_LIMIT_MS = 110_000;
/** The lock of fixtures/agent/sandbox/keeper.ts. */
const SANDBOX = '\0ai-spm-sample-agent';

export type Collected = { snapshot: string; truth: TruthRecord[]; code: number | null; stderr: string };

/** From before the agent's first instruction until after its last: Ctrl-C ends the window, as nobody knows how long. */
export async function collectAgent(folder: string, options: AgentOptions): Promise<Collected> {
  const snapshot = join(folder, 'agent.jsonl.zst');
  const truthLog = join(folder, 'truth.ndjson');
  const collector = await collectWhileFree(snapshot);
  try {
    const agent = await startAgent({ ...options, truthLog });
    try {
      const ended = await Promise.race([agent.ended, sleep(LIMIT_MS, 'nothing', { ref: false })]);
      if (ended !== 0) throw new Error(`the agent ended with ${ended} after at most ${LIMIT_MS} ms`);
    } finally {
      await agent.stop();
    }
  } finally {
    collector.interrupt();
  }
  const { code, stderr } = await collector.ended;
  return { snapshot, truth: parseTruth(readFileSync(truthLog, 'utf8')), code, stderr };
}

/** Another test's agent is the same pod: it must neither run nor begin to run while we attach. */
async function collectWhileFree(snapshot: string): Promise<ReturnType<typeof startCollect>> {
  for (;;) {
    await sandboxFree();
    const collector = startCollect(snapshot);
    await collector.says('observing');
    if (!(await answers(SANDBOX))) return collector;
    collector.interrupt();
    await collector.ended;
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

/** Another test's agent may hold the sandbox; its name is free long enough when nobody who waits takes it. */
async function sandboxFree(): Promise<void> {
  for (let free = 0, end = Date.now() + FREE_LIMIT_MS; free < 3; await sleep(250)) {
    if (Date.now() > end) throw new Error('another sample agent keeps running on this host');
    free = (await answers(SANDBOX)) ? 0 : free + 1;
  }
}

function answers(path: string): Promise<boolean> {
  const socket = connect({ path });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).then((answer) => {
    socket.destroy();
    return answer as boolean;
  });
}

export async function audit(snapshot: string): Promise<{ report: Report; result: CliResult }> {
  const args = ['audit', snapshot, '--configured', 'fixtures/estate', '-f', 'json', '-q'];
  const result = await runCli(args);
  if (result.code !== 0) throw new Error(`audit exited ${result.code}: ${result.stderr}`);
  return { report: reportSchema.parse(JSON.parse(result.stdout)), result };
}

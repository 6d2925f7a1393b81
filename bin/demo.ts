/**
 * `npm run demo`: a real agent runs in a pod-like sandbox, real probes observe it, the audit reads both postures. Then
 * the same audit over a recorded 14-day history, where absence and shifts can be told as well.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = 'demo-out';
const ESTATE = 'fixtures/estate';
const RECORDED = 'fixtures/sensor/report-agent.ndjson.zst';
const HISTORY = 'fixtures/history/window.jsonl.zst';
const BASELINE = 'fixtures/history/baseline.jsonl.zst';
const WINDOW_SECONDS = 30;

/** What cannot run here and why, for the first line; null where all can. */
function whyNot(): string | null {
  const ebpf = whyNoProbes();
  if (ebpf !== null) return `eBPF cannot run here: ${ebpf}`;
  const { status } = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true']);
  return status === 0 ? null : 'The sample agent cannot run here: it may not make namespaces';
}

/** Root alone says little: in a container it is refused the probes, and a policy of the kernel may do the same. */
function whyNoProbes(): string | null {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Linux`;
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync('/sys/kernel/btf/vmlinux')) return 'this kernel has no BTF (/sys/kernel/btf/vmlinux)';
  if (!existsSync(`${ROOT}bpf/.output/ai-spm-sensor`)) return 'the sensor is not built';
  const { status } = spawnSync(process.execPath, ['bin/ai-spm.js', 'collect', '--check']);
  return status === 0 ? null : 'the probes are refused (see ai-spm collect --check)';
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function heading(text: string): void {
  say(`\n━━ ${text} ${'━'.repeat(Math.max(0, 76 - text.length))}\n`);
}

/** Runs ai-spm as its user would, and shows the line. */
async function aiSpm(...args: string[]): Promise<void> {
  const shown = args.map((arg) => (/[\s*]/.test(arg) ? `'${arg}'` : arg)).join(' ');
  say(`$ ai-spm ${shown}`);
  const child = spawn(process.execPath, ['bin/ai-spm.js', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`ai-spm ${args[0]} exited ${status}`);
}

/** The probes are there before the agent is: what it loads at its start is seen. */
async function liveSnapshot(): Promise<string> {
  const { startAgent } = await import('../fixtures/agent/sandbox.ts');
  const snapshot = `${OUT}/live.jsonl.zst`;
  const collected = aiSpm(
    'collect',
    '--for',
    `${WINDOW_SECONDS}s`,
    '--pods',
    ESTATE,
    '-n',
    'research',
    '-o',
    snapshot,
  );
  await Promise.race([sleep(3000), collected]);
  const agent = await startAgent({ seed: 7, rate: 2, modelUpdateAt: 8, catalogChangeAt: 12 });
  try {
    await collected;
  } finally {
    await agent.stop();
  }
  return snapshot;
}

async function replayedSnapshot(): Promise<string> {
  const snapshot = `${OUT}/replayed.jsonl.zst`;
  await aiSpm('collect', '--replay', RECORDED, '--pods', ESTATE, '-o', snapshot);
  return snapshot;
}

process.chdir(ROOT);
mkdirSync(OUT, { recursive: true });
const reason = whyNot();
say(
  reason === null
    ? `eBPF runs here: real probes observe a real agent for ${WINDOW_SECONDS} s.`
    : `${reason}.\nReplaying the recorded stream ${RECORDED}.`,
);
const snapshot = reason === null ? await liveSnapshot() : await replayedSnapshot();

heading(reason === null ? 'LIVE WINDOW' : 'REPLAYED WINDOW');
say('A short window proves use, never disuse: expect Gap 2, artifact Gap 1, and');
say('the rest "cannot tell".\n');
const title = reason === null ? `live window, ${WINDOW_SECONDS} s` : 'replayed window';
await aiSpm(
  'audit',
  snapshot,
  '--configured',
  ESTATE,
  '--title',
  title,
  '-f',
  'table',
  '-f',
  `json=${OUT}/live.json`,
);

heading('RECORDED 14-DAY HISTORY OF THE SAME AGENT');
say('Real sensor streams of the same agent, recorded in minutes, their clock');
say('stretched to 14 days (fixtures/history/README.md). Same thresholds, same');
say('configuration.\n');
await aiSpm(
  ...['audit', HISTORY, '--baseline-snapshot', BASELINE, '--configured', ESTATE],
  ...[
    '--title',
    'recorded history, 13 minutes stretched to 14 days',
    '-f',
    'table',
    '-f',
    `json=${OUT}/history.json`,
  ],
);
say(`\nReports and snapshot are in ${OUT}/. Next:`);
say(`  npx ai-spm audit --report ${OUT}/history.json --explain ID`);
if (reason === null) say(`  npx ai-spm audit --report ${OUT}/live.json --show operation`);

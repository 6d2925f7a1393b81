/** An HTTPS server, saturated and at an agent's rate: what capturing its plaintext costs, and how much is caught. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { certificate } from '../bpf/tls-kit.ts';
import { differences, type Figure, figure, median } from './figures.ts';
import { cpuMs } from './proc.ts';
import { buildTlsTools, type Captured, startTlsTracer, type TlsVariant } from './tls-tracers.ts';

const VARIANTS: readonly TlsVariant[] = ['none', 'empty', 'capture'];
const SECONDS = 4;
const SERVER = fileURLToPath(new URL('./https-server.ts', import.meta.url));

type Round = { cpuUs: number; requests: number; captured: Captured; seconds: number };

export async function benchHttps(rounds: number): Promise<Figure[]> {
  if (!existsSync('/usr/bin/wrk'))
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'wrk'], { stdio: 'ignore' });
  buildTlsTools();
  const folder = certificate();
  try {
    return [
      ...(await saturated(folder, rounds, 1000, 1.6)),
      ...(await saturated(folder, rounds, 100_000, 2)),
      ...(await atAgentRate(folder, rounds)),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function saturated(folder: string, rounds: number, bytes: number, budget: number): Promise<Figure[]> {
  const results: Record<TlsVariant, Round[]> = { none: [], empty: [], capture: [] };
  for (let round = 0; round < rounds; round++)
    for (let turn = 0; turn < VARIANTS.length; turn++) {
      const variant = VARIANTS[(round + turn) % VARIANTS.length]!;
      results[variant].push(await measure(folder, variant, (port) => wrk(port, bytes, SECONDS)));
    }
  const cpu = (variant: TlsVariant) => results[variant].map(({ cpuUs }) => cpuUs);
  const empty = differences(cpu('empty'), cpu('none'));
  const capture = differences(cpu('capture'), cpu('none'));
  const recall = results.capture.map(({ requests, captured }) => captured.requests / requests);
  const uncounted = results.capture.map(
    ({ requests, captured }) => Math.max(0, requests - captured.requests - captured.lost) / requests,
  );
  const size = `${bytes / 1000} KB`;
  return [
    figure(`${size}: CPU per request without probes`, 'µs', cpu('none')),
    figure(`${size}: added by empty probes`, 'µs', empty),
    figure(`${size}: added by capture`, 'µs', capture),
    figure(`${size}: capture over empty probes`, '×', ratios(capture, empty), budget),
    figure(
      `${size}: sensor's CPU per request`,
      'µs',
      results.capture.map(({ captured, requests }) => (captured.sensorMs * 1000) / requests),
    ),
    figure(
      `${size}: requests missed`,
      '‰',
      recall.map((part) => Math.max(0, 1 - part) * 1000),
      1,
    ),
    figure(
      `${size}: requests missed and not counted`,
      '‰',
      uncounted.map((part) => part * 1000),
      0,
    ),
  ];
}

/** The denominator is the median: one noisy round of the floor would turn over its own ratio. */
function ratios(capture: readonly number[], empty: readonly number[]): number[] {
  const floor = median(empty);
  return capture.map((value) => value / floor);
}

/** Percent of a core that the capture costs at 100 requests a second: in the server, and the sensor's own. */
async function atAgentRate(folder: string, rounds: number): Promise<Figure[]> {
  const share: Record<'none' | 'capture', number[]> = { none: [], capture: [] };
  for (let round = 0; round < rounds; round++)
    for (const variant of ['none', 'capture'] as const) {
      const { cpuUs, requests, captured, seconds } = await measure(folder, variant, (port) => steady(port));
      share[variant].push((cpuUs * requests + captured.sensorMs * 1000) / (seconds * 1e4));
    }
  const added = differences(share.capture, share.none);
  return [figure('100 requests/s: added, server and sensor', '% of a core', added, 1)];
}

async function measure(
  folder: string,
  variant: TlsVariant,
  load: (port: number) => Promise<number>,
): Promise<Round> {
  const server = spawn('taskset', ['-c', '0', process.execPath, SERVER, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [chunk] = await server.stdout.take(1).toArray();
    const { port, pid } = JSON.parse(String(chunk)) as { port: number; pid: number };
    await wrk(port, 1000, 1);
    const tracer = await startTlsTracer(variant, process.execPath);
    const before = cpuMs(pid);
    const began = performance.now();
    const requests = await load(port);
    const seconds = (performance.now() - began) / 1000;
    const cpuUs = ((cpuMs(pid) - before) * 1000) / requests;
    await sleep(300);
    return { cpuUs, requests, captured: await tracer.stop(), seconds };
  } finally {
    server.kill();
  }
}

async function wrk(port: number, bytes: number, seconds: number): Promise<number> {
  const args = ['-c', '1', 'wrk', '-t1', '-c16', `-d${seconds}s`, `https://127.0.0.1:${port}/${bytes}`];
  return Number(/(\d+) requests in/.exec(await said('taskset', args))?.[1]);
}

/** Ten requests every tenth of a second over kept connections, by another program than the one that is watched. */
const STEADY = `
const https = require('node:https');
const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
let done = 0, sent = 0;
const timer = setInterval(() => {
  for (let i = 0; i < 10; i++, sent++)
    https.get({ agent, host: '127.0.0.1', port: process.argv[1], path: '/1000' }, (a) => a.resume().on('end', () => {
      if (++done === 600) { clearInterval(timer); agent.destroy(); console.log(done); }
    }));
  if (sent === 600) clearInterval(timer);
}, 100);`;

async function steady(port: number): Promise<number> {
  return Number(await said('/usr/bin/node', ['-e', STEADY, String(port)]));
}

async function said(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return Buffer.concat((await child.stdout.toArray()) as Buffer[]).toString();
}

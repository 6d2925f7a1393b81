/** An HTTPS server, saturated and at an agent's rate: what capturing its plaintext costs, and how much is caught. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { certificate } from '../bpf/tls-kit.ts';
import { differences, type Figure, figure, ratioFigure } from './figures.ts';
import { cpuMs } from './proc.ts';
import { buildTlsTools, type Captured, startTlsTracer, type TlsVariant } from './tls-tracers.ts';

const VARIANTS: readonly TlsVariant[] = ['none', 'empty', 'capture'];
const SLICES = 6;
/** Until the sensor's first statistics are over, and what it copies at once is used up: then it is as it stays. */
const SETTLE_SECONDS = 2;
const SERVER = fileURLToPath(new URL('./https-server.ts', import.meta.url));

type Slice = { cpuUs: number; requests: number; captured: Captured; seconds: number };

export async function benchHttps(rounds: number): Promise<Figure[]> {
  if (!existsSync('/usr/bin/wrk'))
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'wrk'], { stdio: 'ignore' });
  buildTlsTools();
  const folder = certificate();
  const server = spawn('taskset', ['-c', '0', process.execPath, SERVER, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [chunk] = await server.stdout.take(1).toArray();
    const watched = JSON.parse(String(chunk)) as Watched;
    await wrk(watched.port, 1000, 2);
    return [
      ...(await saturated(watched, rounds, 1000, 1.6)),
      ...(await saturated(watched, rounds, 100_000, 2)),
      ...(await atAgentRate(watched, rounds)),
    ];
  } finally {
    server.kill();
    rmSync(folder, { recursive: true });
  }
}

type Watched = { port: number; pid: number };
type Slices = Record<TlsVariant, Slice[]>;

/**
 * A round takes several short slices of each variant, and of each the one that cost least: what others do on the machine
 * only ever adds.
 */
async function oneRound(
  watched: Watched,
  bytes: number,
  all: Slices,
  turn: number,
): Promise<Record<TlsVariant, number>> {
  const least = { none: Infinity, empty: Infinity, capture: Infinity };
  for (let i = 0; i < VARIANTS.length; i++) {
    const variant = VARIANTS[(turn + i) % VARIANTS.length]!;
    const costs: number[] = [];
    const load = async () => {
      let requests = await wrk(watched.port, bytes, SETTLE_SECONDS);
      for (let slice = 0; slice < SLICES; slice++) {
        const before = cpuMs(watched.pid);
        const answered = await wrk(watched.port, bytes, 1);
        costs.push(((cpuMs(watched.pid) - before) * 1000) / answered);
        requests += answered;
      }
      return requests;
    };
    all[variant].push(await measure(watched, variant, load));
    least[variant] = Math.min(...costs);
  }
  return least;
}

async function saturated(watched: Watched, rounds: number, bytes: number, budget: number): Promise<Figure[]> {
  const all: Slices = { none: [], empty: [], capture: [] };
  const least: Record<TlsVariant, number>[] = [];
  for (let round = 0; round < rounds; round++) least.push(await oneRound(watched, bytes, all, round));
  const cpu = (variant: TlsVariant) => least.map((round) => round[variant]);
  const empty = differences(cpu('empty'), cpu('none'));
  const capture = differences(cpu('capture'), cpu('none'));
  const size = `${bytes / 1000} KB`;
  return [
    figure(`${size}: CPU per request without probes`, 'µs', cpu('none')),
    figure(`${size}: added by empty probes`, 'µs', empty),
    figure(`${size}: added by capture`, 'µs', capture),
    ratioFigure(`${size}: capture over empty probes`, capture, empty, budget),
    ...recall(size, all.capture),
  ];
}

function recall(size: string, slices: readonly Slice[]): Figure[] {
  const missed = slices.map(({ requests, captured }) => Math.max(0, requests - captured.requests));
  const per = (values: readonly number[]) => values.map((value, i) => (value / slices[i]!.requests) * 1000);
  return [
    figure(
      `${size}: sensor's own CPU per request`,
      'µs',
      per(slices.map(({ captured }) => captured.sensorMs)),
    ),
    figure(
      `${size}: run time of the programs per request, at most`,
      'µs',
      per(slices.map(({ captured }) => captured.programsMs)),
    ),
    figure(`${size}: requests missed`, '‰', per(missed), 1),
    figure(
      `${size}: requests missed and not counted`,
      '‰',
      per(missed.map((n, i) => Math.max(0, n - slices[i]!.captured.lost))),
      0,
    ),
  ];
}

/** Percent of a core that the capture costs at 100 requests a second: in the server, and the sensor's own. */
async function atAgentRate(watched: Watched, rounds: number): Promise<Figure[]> {
  const share: Record<'none' | 'capture', number[]> = { none: [], capture: [] };
  for (let round = 0; round < rounds; round++)
    for (const variant of ['none', 'capture'] as const) {
      const { cpuUs, requests, captured, seconds } = await measure(watched, variant, () =>
        steady(watched.port),
      );
      share[variant].push((cpuUs * requests + captured.sensorMs * 1000) / (seconds * 1e4));
    }
  const added = differences(share.capture, share.none);
  return [figure('100 requests/s: added, server and sensor', '% of a core', added, 1)];
}

async function measure({ pid }: Watched, variant: TlsVariant, load: () => Promise<number>): Promise<Slice> {
  const tracer = await startTlsTracer(variant, process.execPath);
  const before = cpuMs(pid);
  const began = performance.now();
  const requests = await load();
  const seconds = (performance.now() - began) / 1000;
  const cpuUs = ((cpuMs(pid) - before) * 1000) / requests;
  await sleep(300);
  return { cpuUs, requests, captured: await tracer.stop(), seconds };
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

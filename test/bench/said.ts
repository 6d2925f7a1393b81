/**
 * What the families that look into pipes and sockets cost those that carry something else, and 20,000 JSON-RPC messages/s
 * without loss.
 */
import { spawn } from 'node:child_process';
import type { WireRecord } from '../../src/model/wire.ts';
import { differences, type Figure, figure } from './figures.ts';
import { lostOf } from './opens.ts';
import { interleave, type Load, loadUnder, slicedUnder } from './rounds.ts';
import type { Variant } from './tracers.ts';

const RATE = 20_000;
const SECONDS = 2;
/** 64 KiB each: a gigabyte. */
const PIPE_RATE = 15_259;

const THREE: Variant = 'plaintext,stdio,dns';

type Costs = (variant: Variant) => number[];

const SLICE = { seconds: 0.2, slices: 8 };
const MESSAGE = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n';

/** CPU of one operation by variant, ns; while a session of JSON-RPC is on, so that no pipe is passed over unseen. */
async function costs(
  kind: string,
  rate: number,
  rounds: number,
  variants: readonly Variant[],
): Promise<Costs> {
  const session = spawn('cat', [], { stdio: ['pipe', 'ignore', 'inherit'] });
  try {
    const results = await interleave(variants, rounds, (variant) =>
      slicedUnder(variant, { kind, rate, ...SLICE }, () => session.stdin.write(MESSAGE)),
    );
    return (variant) => results[variant]!.map(({ least }) => least.cpu_ns_each);
  } finally {
    session.stdin.end();
  }
}

const added = (of: Costs, variant: Variant, base: Variant = 'none') => differences(of(variant), of(base));
const percent = (of: Costs, variant: Variant) =>
  of(variant).map((ns, round) => (ns / of('none')[round]! - 1) * 100);

export async function benchSaid(rounds: number): Promise<Figure[]> {
  const small = await costs('small', 0, rounds, ['none', 'stdio', 'all', 'all,stdio']);
  const drip = await costs('drip', 0, rounds, ['none', 'stdio', 'all', 'all,stdio']);
  const file = await costs('file', 0, rounds, ['none', 'stdio', THREE]);
  const pipe = await costs('pipe', PIPE_RATE, rounds, ['none', 'stdio', THREE]);
  const socket = await costs('socket', 0, rounds, ['none', 'plaintext', THREE]);
  const messages = await interleave(['stdio'], 3, (v) => loadUnder(v, 'messages', RATE, SECONDS));
  return [
    figure('stdio, per small write, alone', 'ns', added(small, 'stdio'), 150),
    figure('stdio, per small write, beside the kernel families', 'ns', added(small, 'all,stdio', 'all'), 150),
    figure('stdio, per small write to a pipe, alone', 'ns', added(drip, 'stdio'), 150),
    figure(
      'stdio, per small write to a pipe, beside the kernel families',
      'ns',
      added(drip, 'all,stdio', 'all'),
      150,
    ),
    figure('stdio, 64 KiB writes to a file', '%', percent(file, 'stdio'), 3),
    figure('plaintext, stdio and dns, 64 KiB writes to a file', '%', percent(file, THREE), 3),
    figure('stdio, a pipe of 1 GB/s of other data', '%', percent(pipe, 'stdio'), 3),
    figure('plaintext, stdio and dns, a pipe of 1 GB/s', '%', percent(pipe, THREE), 3),
    figure('a KiB over TCP, written and read', 'ns', socket('none')),
    figure('plaintext, per KiB of other data', 'ns', added(socket, 'plaintext')),
    figure('plaintext, stdio and dns, the same', 'ns', added(socket, THREE)),
    ...messagesOf(messages.stdio!),
  ];
}

function messagesOf(runs: readonly { load: Load; records: readonly unknown[] }[]): Figure[] {
  const missed = runs.map(({ load, records }) => load.done - payloads(records as WireRecord[]));
  const reached = runs.map(({ load }) => load.done / load.seconds);
  return [
    figure('JSON-RPC messages/s reached', '/s', reached),
    figure('messages that were not seen', 'messages', missed.map(Math.abs), 0),
    figure(
      'records lost',
      'records',
      runs.map((run) => lostOf(run.records as WireRecord[])),
      0,
    ),
  ];
}

/** Whole ones of the load's size. */
function payloads(records: readonly WireRecord[]): number {
  return records.filter((r) => r.t === 'payload' && r.len === 150 && r.data.length === 200).length;
}

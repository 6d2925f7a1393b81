/** Prints what a sensor would: many connections of one process, all open, that take turns at their exchanges. */
import { once } from 'node:events';
import { checkpoint, header, payload, START_US, stream } from './listening-lines.ts';
import { EXCHANGES_EACH, MIX } from './listening-mix.ts';
import { type Exchange, http1Calls, http2Calls, mcpCalls } from './listening-traffic.ts';

const CHUNK = 64 * 1024;
/** As they would come at 5,000 messages a second. */
const EXCHANGE_US = 400;
const CHECKPOINT_US = 5_000_000;

const RECORD = { http1: http1Calls, http2: http2Calls, mcp: mcpCalls };

const ARGS = process.argv.slice(2);
/** In the last one, if it is asked for, nobody is answered. */
const TURNS = EXCHANGES_EACH + (ARGS.includes('--waiting') ? 1 : 0);

type Connection = { id: number; exchanges: Exchange[]; passed: Record<'client' | 'server', number> };

async function connections(): Promise<Connection[]> {
  const all: Connection[] = [];
  for (const [kind, count] of Object.entries(MIX) as [keyof typeof MIX, number][]) {
    const exchanges = await RECORD[kind](EXCHANGES_EACH + 1);
    for (let i = 0; i < count; i++)
      all.push({ id: all.length + 1, exchanges, passed: { client: 0, server: 0 } });
  }
  return all;
}

function exchange({ id, exchanges, passed }: Connection, turn: number, at: number): string {
  const asked = exchanges[turn]!.filter(({ from }) => turn < EXCHANGES_EACH || from === 'client');
  const lines = asked.map(({ from, bytes }) => {
    const line = payload(id, from === 'client' ? 'out' : 'in', passed[from], bytes, at);
    passed[from] += bytes.length;
    return line;
  });
  return (turn === 0 ? stream(id, at) : '') + lines.join('');
}

function* lines(all: readonly Connection[]): Generator<string> {
  yield header();
  let at = START_US;
  let next = at + CHECKPOINT_US;
  for (let turn = 0; turn < TURNS; turn++)
    for (const connection of all) {
      at += EXCHANGE_US;
      yield exchange(connection, turn, at);
      if (at < next) continue;
      yield checkpoint(at);
      next += CHECKPOINT_US;
    }
}

let held = '';
for (const line of lines(ARGS.includes('--empty') ? [] : await connections())) {
  held += line;
  if (held.length < CHUNK) continue;
  if (!process.stdout.write(held)) await once(process.stdout, 'drain');
  held = '';
}
process.stdout.write(held);

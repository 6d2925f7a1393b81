/** A connection whose decoder is let go whenever it is idle reads the same as one that keeps it. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createConnection, resumeConnection } from '../../../src/observe/streams/connection.ts';
import type { Listener, Spoken } from '../../../src/observe/streams/speaker.ts';
import type { Reader, Rest } from '../../../src/observe/streams/stream.ts';
import { WIRE_LIMITS } from '../../../src/observe/wire/limits.ts';
import { type Exchange, http1Calls, http2Calls, mcpCalls } from '../../bench/listening-traffic.ts';
import { runs } from '../../fuzz.ts';
import { type Hole, isClean, listener, type Passed, shown, sizeOf } from '../wire/traffic.ts';

const EXCHANGES = 5;
const traffic: Record<string, Exchange[]> = {};
beforeAll(async () => {
  traffic.http1 = await http1Calls(EXCHANGES);
  traffic.http2 = await http2Calls(EXCHANGES);
  traffic.mcp = await mcpCalls(EXCHANGES);
});

type Piece = Passed & { missing?: boolean };

/** @param rests how it came to rest, each time. */
function heard(pieces: readonly Piece[], rests: Spoken[] | null) {
  const { open, reads } = listener();
  const quiet = { statement: () => {}, hello: () => {}, unwanted: () => {}, strange: () => {} };
  const own: Listener = { ...quiet, limits: WIRE_LIMITS, open };
  let reader: Reader | null = null;
  let spoken: Spoken | null = null;
  for (const { from, bytes, missing } of pieces) {
    reader ??= spoken ? resumeConnection(own, spoken) : createConnection(own, 'client');
    const dir = from === 'client' ? 'out' : 'in';
    if (missing) reader[dir].gap(bytes.length, 1);
    else reader[dir].push(bytes, 1);
    const rest: Rest | null = rests ? (reader.rest?.() ?? null) : null;
    if (rest === null || rest === 'deaf') continue;
    if ('reader' in rest) reader = rest.reader;
    const left: Rest | null = reader.rest?.() ?? null;
    if (left === null || left === 'deaf' || !('spoken' in left)) continue;
    spoken = left.spoken;
    if (spoken) rests?.push(spoken);
    reader = null;
  }
  reader?.out.end(2);
  reader?.in.end(2);
  return reads;
}

describe.each(['http1', 'http2', 'mcp'])('a connection of %s', (kind) => {
  it('is let go between its exchanges, and reads each of them', () => {
    const rests: Spoken[] = [];
    const reads = heard(traffic[kind]!.flat(), rests);
    expect(rests.length).toBeGreaterThanOrEqual(EXCHANGES);
    expect(reads.filter(isClean)).toHaveLength(EXCHANGES);
    expect(reads.map(({ response }) => response?.status)).toEqual(Array(EXCHANGES).fill(200));
  });

  it('reads the same, wherever it is cut, torn or asked ahead', () => {
    const hole = fc.record({
      from: fc.nat(12_000),
      size: fc.integer({ min: 1, max: 3000 }),
      known: fc.boolean(),
    });
    const cuts = fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 5 });
    const ahead = fc.integer({ min: 1, max: EXCHANGES });
    fc.assert(
      fc.property(fc.array(hole, { maxLength: 3 }), cuts, ahead, (holes, sizes, pipelined) => {
        const passed = kind === 'http2' ? traffic[kind]!.flat() : askedAhead(traffic[kind]!, pipelined);
        const pieces = torn(cut(passed, sizes), holes);
        const read = heard(pieces, []);
        expect(read.map(told)).toEqual(heard(pieces, null).map(told));
      }),
      runs(100),
    );
  });
});

const told = (read: Parameters<typeof shown>[0]) => [shown(read), read.ending];

/** So many requests before the first of their answers. */
function askedAhead(exchanges: readonly Exchange[], count: number): Passed[] {
  const [first, rest] = [exchanges.slice(0, count).flat(), exchanges.slice(count).flat()];
  const of = (from: Passed['from']) => first.filter((one) => one.from === from);
  return [...of('client'), ...of('server'), ...rest];
}

function cut(passed: readonly Passed[], sizes: readonly number[]): Passed[] {
  let next = 0;
  return passed.flatMap(({ from, bytes }) => {
    const pieces: Passed[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = sizes[next++ % sizes.length]!;
      pieces.push({ from, bytes: bytes.subarray(at, at + size) });
      at += size;
    }
    return pieces;
  });
}

/** Pieces that begin in a hole were not captured, or are no sense. */
function torn(pieces: readonly Passed[], holes: readonly Hole[]): Piece[] {
  let at = 0;
  return pieces.map((piece) => {
    const start = at;
    at += sizeOf([piece]);
    const hole = holes.find(({ from, size }) => from <= start && start < from + size);
    if (!hole) return piece;
    return hole.known
      ? { ...piece, missing: true }
      : { ...piece, bytes: piece.bytes.map((_, i) => (i % 9 ? 120 : 10)) };
  });
}

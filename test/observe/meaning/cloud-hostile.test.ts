import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCbor } from '../../../src/observe/meaning/cloud/cbor.ts';
import { readCloud } from '../../../src/observe/meaning/cloud.ts';
import { identityOf, learn } from '../../../src/observe/meaning/identity/known.ts';
import { readIdentity } from '../../../src/observe/meaning/identity.ts';
import type { Said } from '../../../src/observe/meaning/said.ts';
import type { Item, RequestHead } from '../../../src/observe/wire/types.ts';
import { runs } from '../../fuzz.ts';
import { createWorld, readCases, WELL } from './cloud-cases.ts';

const CASES = [...readCases('cloud'), ...readCases('identity')].flatMap(({ exchanges }) => exchanges);
const HOSTS = [...new Set(CASES.map(({ request }) => request.authority))];
const TARGETS = [...new Set(CASES.map(({ request }) => request.target))];
const HEADERS = [
  ...new Set(CASES.flatMap(({ request }) => Object.entries(request.headers ?? {})).map(String)),
].map((pair) => {
  const comma = pair.indexOf(',');
  return [pair.slice(0, comma), pair.slice(comma + 1)] as const;
});

/** Rows of anything are small: kept names are bounded, whatever comes. */
const MAX_ROW = 16_384;

const mangled = (texts: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...texts),
    fc.tuple(fc.constantFrom(...texts), fc.nat(), fc.string({ maxLength: 40 })).map(([text, at, more]) => {
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + more + text.slice(cut);
    }),
    fc.string({ maxLength: 200 }),
    fc.constantFrom(
      `/${'a/'.repeat(4_000)}`,
      `/${'%'.repeat(3_000)}`,
      `/x?${'a=b&'.repeat(2_000)}`,
      '/__proto__/constructor',
    ),
  );

const heads: fc.Arbitrary<RequestHead> = fc.record({
  version: fc.constantFrom('1.0' as const, '1.1' as const, '2' as const),
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', '', '💥'),
  authority: mangled(HOSTS),
  target: mangled(TARGETS),
  headers: fc
    .array(
      fc
        .tuple(fc.constantFrom(...HEADERS), fc.boolean(), fc.string({ maxLength: 60 }))
        .map(
          ([[name, value], keep, more]) => [name, keep ? value : value.slice(0, more.length) + more] as const,
        ),
      { maxLength: 8 },
    )
    .map((pairs) => new Map(pairs)),
  at: fc.constant(1),
});

const bodies: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.constantFrom(
    ...CASES.map(({ request }) =>
      Buffer.from(JSON.stringify(request.body?.json ?? request.body?.form ?? '')),
    ),
  ),
  fc.uint8Array({ maxLength: 300 }),
  fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
  fc.constantFrom(
    Buffer.from('['.repeat(100_000)),
    Buffer.from(`{"TransactItems":[${'{"Put":{"TableName":"t"}},'.repeat(2_000)}{}]}`),
    Buffer.from(`Action=AssumeRole&Version=2011-06-15&RoleArn=${'x'.repeat(100_000)}`),
    Buffer.alloc(50_000, 0xbf),
    Buffer.from(`<Error><Code>${'A'.repeat(100_000)}`),
    Buffer.from('{"__proto__":{"AccessKeyId":"x"},"constructor":1}'),
  ),
);

const items: fc.Arbitrary<Item> = fc.oneof(
  bodies.map((bytes): Item => ({ t: 'body', bytes, truncated: false })),
  bodies.map((bytes): Item => ({ t: 'message', bytes })),
  fc.string().map((text): Item => ({ t: 'line', text })),
);

type Read = { opened: boolean; rows: readonly Said[] };

function readAll(head: RequestHead, sent: Item, got: Item, status: number): Read {
  const said: Said[] = [];
  const world = createWorld(said);
  let opened = false;
  for (const open of [readIdentity(world), readCloud(world)]) {
    const reader = open(head);
    opened ||= reader !== null;
    reader?.item('request', sent, 2);
    if (status > 0) reader?.response({ status, headers: new Map(head.headers), at: 3 });
    reader?.item('response', got, 4);
    reader?.end({ ...WELL, malformed: true });
  }
  return { opened, rows: said };
}

describe('hostile clients and servers', () => {
  it('are read without throwing, into small rows', () => {
    fc.assert(
      fc.property(heads, items, items, fc.constantFrom(0, 101, 200, 403, 500), (head, sent, got, status) => {
        const { opened, rows } = readAll(head, sent, got, status);
        // What is taken from the reader of last resort is never dropped silently.
        expect(rows.length > 0).toBe(opened);
        expect(rows.length).toBeLessThanOrEqual(64);
        for (const row of rows) {
          expect(JSON.stringify(row).length).toBeLessThan(MAX_ROW);
          expect(row.subject).not.toMatch(/[\r\n\0]/);
        }
      }),
      runs(2_000),
    );
  });

  it('cannot make credentials pile up', () => {
    const world = createWorld([]);
    for (let i = 0; i < 5_000; i++) learn(world, `key ${i}`, { principal: `aws:role:${i}`, account: null });
    expect(identityOf(world, 'key 4999')?.principal).toBe('aws:role:4999');
    expect(identityOf(world, 'key 0')).toBeNull();
  });
});

describe('CBOR', () => {
  const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

  it('reads texts and the lengths of lists, of known and of unknown length', () => {
    // {"a": "b", "l": [1, 2, {"x": 3}], "n": 1.5} and {_ "a": (_ "b", "c"), "l": [_ 1]}: RFC 8949 §3.
    expect(
      readCbor(bytes('a36161616261 6c830102a1617803616efb3ff8000000000000'.replaceAll(' ', ''))),
    ).toEqual({
      texts: new Map([['a', 'b']]),
      lists: new Map([['l', 3]]),
    });
    expect(readCbor(bytes('bf61617f61626163ff616c9f01ffff'))).toEqual({
      texts: new Map([['a', 'bc']]),
      lists: new Map([['l', 1]]),
    });
  });

  it.each(['', '80', 'a1', 'a161', 'bf6161', 'a1617fff', 'bb00ffffffffffffff', `${'81'.repeat(200)}00`])(
    'refuses %s',
    (hex) => expect(readCbor(bytes(hex))).toBeNull(),
  );

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (input) => {
        readCbor(input);
      }),
      runs(2_000),
    );
  });
});

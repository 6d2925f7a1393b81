import { describe, expect, it } from 'vitest';
import { type TlsUse, unheardOf } from '../../src/observe/records/unheard.ts';

const use = (parts: Partial<TlsUse>): TlsUse => ({
  program: '/usr/bin/curl',
  opened: 0,
  heard: 0,
  hellos: [],
  waits: [],
  ...parts,
});
const wait = (from: number, to: number | null) => ({ path: '/usr/lib/libssl.so.3', from, to });

/** How many connections are told of as not heard from their beginning. */
const CASES: readonly [string, TlsUse, number][] = [
  ['all heard', use({ opened: 2, heard: 2, hellos: [10, 20], waits: [wait(1, 5)] }), 0],
  ['one that no library used', use({ opened: 2, heard: 1, hellos: [10, 20] }), 1],
  [
    'a hello while the library was looked into',
    use({ opened: 1, heard: 1, hellos: [3], waits: [wait(1, 5)] }),
    1,
  ],
  ['a hello at the moment of attaching', use({ opened: 1, heard: 1, hellos: [5], waits: [wait(1, 5)] }), 0],
  ['a library that came after the hello', use({ opened: 1, heard: 1, hellos: [1], waits: [wait(2, 5)] }), 0],
  ['a library that never was attached', use({ opened: 1, heard: 1, hellos: [3], waits: [wait(1, null)] }), 0],
  ['the same connection for both reasons', use({ opened: 1, heard: 0, hellos: [3], waits: [wait(1, 5)] }), 1],
  ['older connections, heard without a hello', use({ opened: 0, heard: 3 }), 0],
];

describe('TLS connections not heard', () => {
  it.each(CASES)('%s', (_, one, expected) => {
    expect(unheardOf(one)).toBe(expected);
  });
});

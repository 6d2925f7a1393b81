import { describe, expect, it } from 'vitest';
import {
  attachedTls,
  heardTls,
  spokeTls,
  type TlsUse,
  unheardOf,
  waitsForTls,
} from '../../src/observe/records/unheard.ts';
import { createCgroup } from '../../src/observe/state/cgroups.ts';
import { createInstance } from '../../src/observe/state/processes.ts';

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

  it('are those of all processes that used the library before it was attached, whoever it was asked for', () => {
    const cgroup = createCgroup('1', '', 0);
    const library = '/usr/lib/libssl.so.3';
    const [gone, beside, behind] = [1, 2, 3].map((pid) => createInstance(pid, '1', cgroup, 0));
    for (const [instance, at] of [[gone!, 10] as const, [beside!, 20] as const]) {
      waitsForTls(instance, library, at);
      spokeTls(instance, at + 1);
      heardTls(instance);
    }
    attachedTls(cgroup, library, 30);
    spokeTls(behind!, 40);
    heardTls(behind!);
    expect([...cgroup.tls.values()].map(unheardOf)).toEqual([1, 1, 0]);
  });
});

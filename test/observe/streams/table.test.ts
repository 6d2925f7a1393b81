import { describe, expect, it } from 'vitest';
import { createCgroup } from '../../../src/observe/state/cgroups.ts';
import { createInstance } from '../../../src/observe/state/processes.ts';
import { openStream, type Stream } from '../../../src/observe/streams/stream.ts';
import { charge, evictIdle, makeRoom, put, type StreamTable } from '../../../src/observe/streams/table.ts';

const HOUR = 3600 * 1e6;
const WHO = { cg: '1', pid: 1, start: '1' };

/** @param ended what is told when a reader is given up. */
function table(pool: { left: number }, ended: string[] = []) {
  const all: StreamTable = new Map();
  const add = (id: string, via: 'socket' | 'pipe', exited: number | null = null): Stream => {
    const instance = createInstance(1, '1', createCgroup('1', '', 0), 0);
    instance.exited = exited;
    const stream = openStream({ t: 'stream', ...WHO, at: 0, stream: id, via }, instance, 'new');
    const side = { push: () => {}, gap: () => {}, end: () => void ended.push(id) };
    stream.reader = { in: side, out: { ...side, end: () => {} } };
    put(all, pool, stream);
    charge(stream, pool);
    return stream;
  };
  return { all, add };
}

describe('readers of streams', () => {
  it('are given up after a quarter of an hour, those on pipes after a day; the streams stay known', () => {
    const pool = { left: 1e9 };
    const ended: string[] = [];
    const { all, add } = table(pool, ended);
    const [socket, pipe] = [add('a', 'socket'), add('b', 'pipe')];
    evictIdle(all, HOUR, pool);
    expect([ended, socket.resting, pipe.resting, all.size]).toEqual([['a'], 'evicted', 'new', 2]);
    evictIdle(all, 25 * HOUR, pool);
    expect([ended, pipe.reader, all.size, pool.left]).toEqual([['a', 'b'], null, 2, 1e9]);
  });

  it('and the streams too are let go where their process has ended', () => {
    const pool = { left: 1e9 };
    const { all, add } = table(pool);
    add('a', 'socket', 5);
    add('b', 'pipe', 5);
    evictIdle(all, HOUR, pool);
    expect([all.size, pool.left]).toEqual([0, 1e9]);
  });

  it('make room for others, those that were used least lately first', () => {
    const pool = { left: 8 << 20 };
    const ended: string[] = [];
    const { all, add } = table(pool, ended);
    for (let i = 0; i < 300; i++) {
      add(String(i), 'socket');
      makeRoom(all, pool, 1);
      expect(pool.left).toBeGreaterThan(3 << 20);
    }
    expect(ended.length).toBeGreaterThan(0);
    expect(ended).toEqual(ended.map((_, i) => String(i)));
  });
});

/** What a connection speaks, found out late. */
import { describe, expect, it } from 'vitest';
import { createConnection } from '../../../src/observe/streams/connection.ts';
import { WIRE_LIMITS } from '../../../src/observe/wire/limits.ts';
import { listener } from '../wire/traffic.ts';

type Role = 'client' | 'server' | null;
type Told = { unwanted: number; strange: number; hellos: number };

function open(role: Role, pool = { left: 1 << 20 }) {
  const told: Told = { unwanted: 0, strange: 0, hellos: 0 };
  const { open, reads } = listener();
  const reader = createConnection(
    {
      limits: { ...WIRE_LIMITS, pool },
      open,
      statement: () => {},
      hello: () => told.hellos++,
      unwanted: () => told.unwanted++,
      strange: () => told.strange++,
    },
    role,
  );
  const say = (dir: 'in' | 'out', text: string | Buffer) => reader[dir].push(Buffer.from(text), 1);
  return { reader, reads, told, say };
}

const REQUEST = 'GET /models HTTP/1.1\r\nHost: api.test\r\n\r\n';
const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const MIDDLE = '\u0001 and so on, in the middle of something';

describe.each<Role>(['client', null])('a connection that is older than the sensor, role %s', (role) => {
  it('is understood from its next request on, when both sides began in the middle', () => {
    const { reads, told, say } = open(role);
    say('out', MIDDLE);
    say('in', MIDDLE);
    say('in', `${MIDDLE} 2`);
    say('out', REQUEST);
    say('in', RESPONSE);
    expect(reads.map(({ head, response }) => [head.target, response?.status])).toEqual([['/models', 200]]);
    expect(told).toEqual({ unwanted: 0, strange: 0, hellos: 0 });
  });

  it('is understood where what came first was not captured', () => {
    const { reader, reads, say } = open(role);
    reader.in.gap(1000, 1);
    say('in', MIDDLE);
    say('out', REQUEST);
    say('in', RESPONSE);
    expect(reads.map(({ response }) => response?.status)).toEqual([200]);
  });
});

describe('a connection of which nothing can be made', () => {
  it('is not taken for something else because of what stands within its messages', () => {
    const { reads, say } = open('client');
    say('out', MIDDLE);
    say('in', MIDDLE);
    say('in', RESPONSE.replace('200', '201'));
    say('in', REQUEST);
    say('out', REQUEST);
    say('in', RESPONSE);
    expect(reads.map(({ response }) => response?.status)).toEqual([200]);
  });

  it.each([
    ['after so many turns', 1000, 10],
    ['after so many bytes', 40, 64 * 1024],
  ])('is given up %s, once, and said', (_, turns, size) => {
    const { reader, told, say } = open('client');
    for (let i = 0; i < turns; i++) {
      say('out', `${MIDDLE}${'x'.repeat(size)}`);
      say('in', `${MIDDLE}${'x'.repeat(size)}`);
    }
    expect(told).toEqual({ unwanted: 1, strange: 1, hellos: 0 });
    expect(reader.rest?.()).toBe('deaf');
  });

  it('is given up after a single side said too much', () => {
    const { told, say } = open('client');
    for (let i = 0; i < 40; i++) say('in', `${MIDDLE}${'x'.repeat(64 * 1024)}`);
    expect(told).toEqual({ unwanted: 1, strange: 1, hellos: 0 });
  });

  it('holds no more than all may hold together, and lets go of it', () => {
    const pool = { left: 100 };
    const first = open('client', pool);
    first.say('out', 'PO');
    expect(pool.left).toBe(98);
    const second = open('client', pool);
    second.say('out', 'x'.repeat(99));
    expect(second.told.strange).toBe(1);
    first.say('out', REQUEST.replace('GET', 'ST'));
    expect(pool.left).toBe(100);
  });
});

it('passes what others ask of this process over, and does not call it strange', () => {
  const { reads, told, say } = open(null);
  say('in', REQUEST);
  expect(reads).toEqual([]);
  expect(told).toEqual({ unwanted: 1, strange: 0, hellos: 0 });
});

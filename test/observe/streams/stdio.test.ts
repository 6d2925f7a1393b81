import { describe, expect, it } from 'vitest';
import type { WireOf } from '../../../src/model/wire.ts';
import { createCgroup } from '../../../src/observe/state/cgroups.ts';
import { createInstance } from '../../../src/observe/state/processes.ts';
import { createStdio, stdioReader } from '../../../src/observe/streams/stdio.ts';
import { world } from '../meaning/exchange.ts';

const CGROUP = createCgroup('1', '', 0);
const [CLIENT, SERVER] = [createInstance(1, '1', CGROUP, 0), createInstance(2, '2', CGROUP, 0)];
const WRITES = { t: 'stream', cg: '1', at: 0, via: 'pipe' } as const;
const ASKS: WireOf<'stream'> = { ...WRITES, pid: 1, start: '1', stream: 'a', ino: '7', fd: 4 };
const ANSWERS: WireOf<'stream'> = {
  ...WRITES,
  pid: 2,
  start: '2',
  stream: 'b',
  ino: '8',
  fd: 1,
  stdin_ino: '7',
};

const INIT = {
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', clientInfo: { name: 'c' } },
};
const HELLO = {
  id: 1,
  result: { protocolVersion: '2025-06-18', serverInfo: { name: 's' }, capabilities: {} },
};

function pair() {
  const into = world();
  const stdio = createStdio();
  const around = { pool: undefined, world: () => into, launcher: () => null, started: () => true };
  const readers = {
    client: stdioReader(stdio, ASKS, () => CLIENT, around),
    server: stdioReader(stdio, ANSWERS, () => SERVER, around),
  };
  let at = 0;
  const write = (who: 'client' | 'server', line: object | string): void => {
    const text = typeof line === 'string' ? line : JSON.stringify({ jsonrpc: '2.0', ...line });
    at++;
    readers[who].push(Buffer.from(`${text}\n`), at);
  };
  const unreadable = () => into.said.reduce((sum, { sums }) => sum + (sums?.unreadable ?? 0), 0);
  return { write, unreadable, said: into.said, end: () => readers.client.end(at + 1) };
}

describe('messages on pipes that cannot be read', () => {
  it.each(['client', 'server'] as const)('are counted, whenever the %s writes them', (who) => {
    const { write, unreadable } = pair();
    write(who, '{"jsonrpc": "2.0", "id": nonsense');
    write('client', INIT);
    write('server', HELLO);
    expect(unreadable()).toBe(1);
    write(who, '{"jsonrpc": "2.0",, }');
    write(who, '[{"jsonrpc"}]');
    expect(unreadable()).toBe(3);
  });

  it('are no matter where a server writes its log, or nobody speaks MCP', () => {
    const { write, unreadable, end } = pair();
    write('client', INIT);
    write('server', 'listening on stdio');
    write('server', HELLO);
    expect(unreadable()).toBe(0);
    end();
    const other = pair();
    other.write('client', '{"half": ');
    other.write('client', { id: 1, method: 'textDocument/hover' });
    other.write('server', { id: 1, result: null });
    other.end();
    expect(other.said).toEqual([]);
  });
});

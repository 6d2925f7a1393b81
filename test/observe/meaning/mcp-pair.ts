/** One client and one server, by hand. */
import { createMcpChannel, type McpOrigin } from '../../../src/observe/meaning/mcp.ts';
import { type Heard, heard } from './mcp-world.ts';

export type Pair = {
  world: Heard;
  ask(method: string, params?: object): number;
  tell(from: 'client' | 'server', method: string, params?: object): void;
  answer(id: number, result: unknown): void;
  raw(from: 'client' | 'server', json: unknown, cut?: boolean, duplicates?: boolean): void;
  gap(): void;
  end(): void;
  list(pages: object[][]): void;
};

export function pair(origin: McpOrigin = { transport: 'stdio' }, world: Heard = heard()): Pair {
  const channel = createMcpChannel(world, origin);
  let at = 0;
  let next = 1;
  const raw = (from: 'client' | 'server', json: unknown, cut = false, duplicates = false): void => {
    at += 10;
    channel.message(from, json, at, { cut, duplicates });
  };
  const ask = (method: string, params?: object): number => {
    raw('client', { jsonrpc: '2.0', id: next, method, params });
    return next++;
  };
  const answer = (id: number, result: unknown): void => raw('server', { jsonrpc: '2.0', id, result });
  return {
    world,
    ask,
    answer,
    raw,
    tell: (from, method, params) => raw(from, { jsonrpc: '2.0', method, params }),
    gap: () => channel.gap(at),
    end: () => channel.end(at + 1),
    list(pages) {
      for (const [i, tools] of pages.entries()) {
        const id = ask('tools/list', i === 0 ? {} : { cursor: `${i}` });
        answer(id, { tools, ...(i + 1 < pages.length ? { nextCursor: `${i + 1}` } : {}) });
      }
    },
  };
}

export const tool = (name: string, more: object = {}): object => ({
  name,
  inputSchema: { type: 'object' },
  ...more,
});

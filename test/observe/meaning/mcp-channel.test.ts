import { describe, expect, it } from 'vitest';
import { launcherOf } from '../../../src/observe/meaning/mcp/launcher.ts';
import type { McpOrigin } from '../../../src/observe/meaning/mcp.ts';
import { pair, tool } from './mcp-pair.ts';

describe('recognition', () => {
  it('says nothing of other protocols over JSON-RPC', () => {
    const { world, raw, end } = pair();
    const foreign = [
      { id: 0, method: 'initialize', params: { protocolVersion: 1, clientCapabilities: {} } },
      { id: 1, method: 'initialize', params: { processId: 1, rootUri: null, capabilities: {} } },
      { id: 2, method: 'session/prompt', params: {} },
      { id: 3, method: 'tasks/get', params: { id: 'x' } },
      { id: 4, method: 'ping' },
    ];
    for (const message of foreign) {
      raw('client', { jsonrpc: '2.0', ...message });
      raw('server', { jsonrpc: '2.0', id: message.id, result: { protocolVersion: 1 } });
    }
    end();
    expect(world.said).toEqual([]);
  });

  it.each<[string, McpOrigin, string]>([
    ['a package', { transport: 'stdio', launcher: launcherOf(['npx', '@x/y@1.0.0'], '') }, 'npx:@x/y'],
    [
      'a script somewhere',
      { transport: 'stdio', launcher: launcherOf(['node', 'index.js'], '') },
      'node:index.js#weather',
    ],
    [
      'a script here',
      { transport: 'stdio', launcher: launcherOf(['node', '/srv/index.js'], '') },
      'node:/srv/index.js',
    ],
    ['an address', { transport: 'http', authority: 'h:8080/mcp' }, 'http:h:8080/mcp'],
    ['nothing', { transport: 'stdio' }, 'stdio:weather'],
  ])('names a server by %s', (_, origin, subject) => {
    const { world, ask, answer } = pair(origin);
    const hello = ask('initialize', { protocolVersion: '2024-11-05', clientInfo: { name: 'c' } });
    answer(hello, {
      protocolVersion: '2024-11-05',
      serverInfo: { name: 'weather', version: '7' },
      capabilities: {},
    });
    expect(world.counts('mcp-server')).toEqual({ [subject]: 1 });
  });
});

describe('tool calls', () => {
  it('count rows of a structured result, of JSON in a text, else items', () => {
    const { world, ask, answer } = pair();
    const text = (value: unknown): object => ({ content: [{ type: 'text', text: JSON.stringify(value) }] });
    const results = [
      { content: [], structuredContent: [1, 2, 3] },
      { content: [{ type: 'text' }], structuredContent: { rows: [1, 2], page: 1 } },
      text([1, 2, 3, 4]),
      text({ items: [1, 2, 3, 4, 5] }),
      { content: [{ type: 'text', text: '[not json' }] },
      { content: [{ type: 'text' }, { type: 'image' }] },
    ];
    for (const result of results) answer(ask('tools/call', { name: 'a' }), result);
    expect(world.of('tool-call').map(({ records }) => records)).toEqual([3, 2, 4, 5, 1, 2]);
  });

  it('a batch is its messages', () => {
    const { world, raw } = pair();
    raw(
      'client',
      [1, 2].map((id) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: `t${id}` } })),
    );
    raw(
      'server',
      [2, 1].map((id) => ({ jsonrpc: '2.0', id, result: { content: [], isError: id === 2 } })),
    );
    expect(world.of('tool-call').map(({ subject, error }) => [subject, error])).toEqual([
      ['stdio:?/t2', true],
      ['stdio:?/t1', false],
    ]);
  });

  it('a task is one call, its result comes later', () => {
    const { world, ask, answer } = pair();
    answer(ask('tools/call', { name: 'long', task: {} }), { task: { taskId: 'T1', status: 'working' } });
    answer(ask('tasks/result', { taskId: 'T1' }), { content: [{ type: 'text', text: 'x'.repeat(100) }] });
    expect(world.counts('tool-call')).toEqual({ 'stdio:?/long': 1 });
    expect(world.of('tool-call').at(-1)).toMatchObject({ count: 0, records: 1 });
  });

  it('answers that nobody asked for are counted, and after lost messages not held against anybody', () => {
    const { world, ask, answer, gap } = pair();
    ask('ping');
    ask('tools/list');
    gap();
    answer(77, { content: [] });
    answer(78, { tools: [tool('a')] });
    expect(world.sum('unmatched')).toBe(2);
    expect(world.sum('gaps')).toBe(1);
    expect(world.words('catalogs')).toEqual(['partial: page missed']);
    expect(world.counts('mcp-tool')).toEqual({ 'stdio:?/a': 1 });
  });

  it('cut before its id, a call is joined with the only answer', () => {
    const { world, raw } = pair();
    raw('client', { method: 'tools/call', params: { name: 'big', arguments: { a: 'x' } } }, true);
    raw('server', { jsonrpc: '2.0', id: 5, result: { content: [] } });
    expect(world.of('tool-call')).toMatchObject([{ subject: 'stdio:?/big', error: false }]);
    expect(world.sum('truncated')).toBe(1);
  });
});

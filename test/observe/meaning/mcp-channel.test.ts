import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { launcherOf } from '../../../src/observe/meaning/mcp/launcher.ts';
import { argumentShape } from '../../../src/observe/meaning/mcp/shape.ts';
import { createMcpChannel, type McpOrigin } from '../../../src/observe/meaning/mcp.ts';
import { runs } from '../../fuzz.ts';
import { type Heard, heard } from './mcp-world.ts';

type Pair = {
  world: Heard;
  ask(method: string, params?: object): number;
  tell(from: 'client' | 'server', method: string, params?: object): void;
  answer(id: number, result: unknown): void;
  raw(from: 'client' | 'server', json: unknown, cut?: boolean, duplicates?: boolean): void;
  gap(): void;
  end(): void;
  list(pages: object[][]): void;
};

function pair(origin: McpOrigin = { transport: 'stdio' }, world: Heard = heard()): Pair {
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

const tool = (name: string, more: object = {}): object => ({
  name,
  inputSchema: { type: 'object' },
  ...more,
});
const TIMES = { end: 'stdio:?' };

describe('catalogs', () => {
  const base = [tool('a', { description: 'A' }), tool('b')];
  const epochsOf = (next: object[][]): number => {
    const { world, list, tell } = pair();
    list([base]);
    tell('server', 'notifications/tools/list_changed');
    list(next);
    return world.epochs().length;
  };

  it.each<[string, object[][]]>([
    [
      'a schema',
      [[tool('a', { description: 'A', inputSchema: { type: 'object', properties: { x: {} } } }), tool('b')]],
    ],
    ['annotations', [[tool('a', { description: 'A', annotations: { destructiveHint: true } }), tool('b')]]],
    ['a rename', [[tool('c', { description: 'A' }), tool('b')]]],
    ['a tool more', [[...base, tool('c')]]],
    ['a tool less', [[tool('b')]]],
    ['the second page', [[base[0]!], [tool('b', { description: 'other' })]]],
  ])('another epoch by %s', (_, next) => {
    expect(epochsOf(next)).toBe(2);
  });

  it.each<[string, object[][]]>([
    ['the same again', [base]],
    ['another order', [[...base].reverse()]],
    ['other pages', base.map((one) => [one])],
    ['icons', [base.map((one) => ({ ...one, icons: [] }))]],
  ])('the same epoch by %s', (_, next) => {
    expect(epochsOf(next)).toBe(1);
  });

  it('a rename keeps the body', () => {
    const { world, list } = pair();
    list([[tool('a')]]);
    list([[tool('z')]]);
    const [[, t1, , b1], [, t2, , b2]] = world
      .epochs()
      .map(({ members }) => members[0]!.split('\t')) as never as [string[], string[]];
    expect(b1).toBe(b2);
    expect(t1).not.toBe(t2);
  });

  it('changes between reconnects are epochs, and a change within one connection is told of', () => {
    const world = heard();
    pair({ transport: 'stdio' }, world).list([[tool('a')]]);
    pair({ transport: 'stdio' }, world).list([[tool('b')]]);
    expect(world.words('catalogs')).toEqual([]);
    const same = pair({ transport: 'stdio' }, world);
    same.list([[tool('b')]]);
    same.list([[tool('c')]]);
    expect(world.words('catalogs')).toEqual(['changed unannounced']);
    expect(world.epochs()).toHaveLength(3);
  });

  it('list_changed that nobody follows leaves a stale catalog', () => {
    const { world, list, tell, end } = pair();
    list([[tool('a')]]);
    tell('server', 'notifications/tools/list_changed');
    end();
    expect(world.words('catalogs')).toEqual(['stale']);
  });

  it('two principals have each their own', () => {
    const world = heard();
    for (const principal of ['p1', 'p2', 'p1', 'p2'])
      pair({ transport: 'http', authority: 'h/mcp', principal }, world).list([[tool(principal)]]);
    expect(world.epochs().map(({ subject }) => subject)).toEqual(['http:h/mcp as p1', 'http:h/mcp as p2']);
  });

  it('without the first page, or the last, there is none', () => {
    const late = pair();
    late.raw('client', { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { cursor: '1' } });
    late.answer(1, { tools: [tool('b')] });
    const early = pair();
    early.answer(early.ask('tools/list'), { tools: [tool('a')], nextCursor: '' });
    early.end();
    for (const [{ world }, why] of [
      [late, 'partial: page missed'],
      [early, 'partial: left unread'],
    ] as const) {
      expect(world.epochs()).toEqual([]);
      expect(world.words('catalogs')).toEqual([why]);
      expect(world.of('mcp-tool')).toHaveLength(1);
    }
  });

  it('a page that was cut is none either', () => {
    const { world, ask, raw } = pair();
    ask('tools/list');
    raw('server', { result: { tools: [tool('a')] } }, true);
    expect(world.epochs()).toEqual([]);
    expect(world.words('catalogs')).toEqual(['partial: truncated']);
    expect(world.counts('mcp-tool')).toEqual({ [`${TIMES.end}/a`]: 1 });
  });

  it('names twice are two members, and told of', () => {
    const { world, list } = pair();
    list([[tool('a'), tool('a', { description: 'other' })]]);
    expect(world.epochs()[0]!.members).toHaveLength(2);
    expect(world.words('catalogs')).toEqual(['duplicate names']);
  });

  it('keys that came twice make it one that others may read differently', () => {
    const { world, ask, raw } = pair();
    ask('tools/list');
    raw('server', { jsonrpc: '2.0', id: 1, result: { tools: [tool('a')] } }, false, true);
    expect(world.words('catalogs')).toEqual(['not canonical']);
    expect(world.epochs()).toHaveLength(1);
  });

  it('integers beyond 2^53 are told apart, and told of', () => {
    const { world, list } = pair();
    for (const most of [9007199254740992n, 9007199254740993n])
      list([[tool('a', { inputSchema: { maximum: most } })]]);
    expect(world.epochs()).toHaveLength(2);
    expect(world.words('catalogs')).toContain('not canonical');
  });
});

describe('hostile servers', () => {
  it('cursors in a circle, or without end', () => {
    const { world, ask, answer } = pair();
    for (let i = 0; i < 200; i++)
      answer(ask('tools/list', i === 0 ? {} : { cursor: `c${i % 3}` }), {
        tools: [tool(`t${i}`)],
        nextCursor: `c${(i + 1) % 3}`,
      });
    expect(world.words('catalogs')).toContain('partial: cursor loop');
    const endless = pair();
    for (let i = 0; i < 1000; i++)
      endless.answer(endless.ask('tools/list', i === 0 ? {} : { cursor: `${i}` }), {
        tools: [],
        nextCursor: `${i + 1}`,
      });
    expect(endless.world.words('catalogs')).toContain('partial: too many tools');
    expect(world.epochs()).toEqual([]);
  });

  it('100,000 tools, in one page and in many', () => {
    const tools = Array.from({ length: 100_000 }, (_, i) => tool(`t${i}`));
    const one = pair();
    one.list([tools]);
    const many = pair();
    many.list(Array.from({ length: 100 }, (_, i) => tools.slice(i * 1000, i * 1000 + 1000)));
    for (const { world } of [one, many]) {
      expect(world.epochs()).toEqual([]);
      expect(world.words('catalogs')).toContain('partial: too many tools');
    }
    expect(one.world.of('mcp-tool')).toHaveLength(4096);
  });

  it('another catalog on every list', () => {
    const { world, list } = pair();
    for (let i = 0; i < 1000; i++) list([[tool(`t${i}`)]]);
    expect(world.epochs()).toHaveLength(65);
    expect(world.words('catalogs')).toContain('unstable');
    expect(world.sum('catalogChanges')).toBe(999);
    expect(world.sum('catalogs')).toBe(1000);
  });

  it('requests that are never answered', () => {
    const { world, ask, end } = pair();
    for (let i = 0; i < 10_000; i++) ask('tools/call', { name: 'a' });
    end();
    expect(world.counts('tool-call')).toEqual({ 'stdio:?/a': 10_000 });
    expect(world.sum('unanswered', 'tool-call')).toBe(10_000);
  });

  it('names with escapes, and names without end', () => {
    const { world, list, ask, answer } = pair();
    list([
      [
        tool('\u001b[2J\u202eevil\u200b'),
        tool('x'.repeat(5000)),
        tool(`${'x'.repeat(5000)}y`),
        tool('__proto__'),
      ],
    ]);
    answer(ask('tools/call', { name: '\ud800', arguments: JSON.parse('{"__proto__":{"a":1}}') }), {
      content: [],
    });
    const names = world.of('mcp-tool').map(({ subject }) => subject.slice('stdio:?/'.length));
    expect(names[0]).toBe('\\u{1b}[2J\\u{202e}evil\\u{200b}');
    expect(new Set(names).size).toBe(4);
    expect(names.every((name) => name.length < 300)).toBe(true);
    expect(Object.keys(world.counts('tool-call'))).toEqual(['stdio:?/\\u{d800}']);
    expect(JSON.stringify(world.said)).not.toMatch(/\\u001b|\u202e|\\ud800/);
  });

  it('never throws, says only what has a place, and stays bounded', () => {
    const word = fc.constantFrom(
      ...'initialize tools/list tools/call resources/read prompts/get notifications/cancelled notifications/tools/list_changed sampling/createMessage tasks/result ping'.split(
        ' ',
      ),
    );
    const id = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.string({ maxLength: 2 }), fc.constant(null));
    const params = fc.oneof(
      fc.jsonValue(),
      fc.record({
        name: fc.string(),
        cursor: fc.string({ maxLength: 1 }),
        requestId: id,
        arguments: fc.jsonValue(),
      }),
    );
    const result = fc.oneof(
      fc.jsonValue(),
      fc.record({
        tools: fc.array(fc.oneof(fc.jsonValue(), fc.record({ name: fc.string() }))),
        nextCursor: fc.string({ maxLength: 1 }),
      }),
      fc.record({ content: fc.jsonValue(), structuredContent: fc.jsonValue(), isError: fc.jsonValue() }),
      fc.record({
        serverInfo: fc.jsonValue(),
        capabilities: fc.jsonValue(),
        protocolVersion: fc.constant('2025-06-18'),
      }),
    );
    const message = fc.oneof(
      fc.record({ id, method: word, params }, { requiredKeys: ['method'] }),
      fc.record({ id, result }),
      fc.record({ id, error: fc.jsonValue() }),
      fc.jsonValue(),
      fc.array(fc.record({ id, method: word, params })),
    );
    const steps = fc.array(fc.tuple(fc.constantFrom('client', 'server'), message, fc.boolean()), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const { world, raw, gap, end } = pair();
        for (const [from, json, cut] of all) raw(from as 'client', json, cut);
        gap();
        end();
        const kinds = new Set(['mcp-server', 'mcp-tool', 'tool-call', 'data-access']);
        return world.said.every(({ kind, subject }) => kinds.has(kind) && subject.startsWith('stdio:'));
      }),
      runs(500),
    );
  });
});

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

describe('argumentShape', () => {
  it.each<[unknown, string]>([
    [undefined, 'none'],
    [{}, '{}'],
    [{ b: 1, a: 'x', c: 1.5, d: true, e: null }, '{a:string,b:integer,c:number,d:boolean,e:null}'],
    [{ list: [], tags: ['a', 'b'], mixed: [1, 'a'] }, '{list:[],mixed:(integer|string)[],tags:string[]}'],
    [{ where: { and: [{ x: 1 }, { x: 2 }] } }, '{where:{and:{x:integer}[]}}'],
    [{ a: { b: { c: { d: { e: 1 } } } } }, '{a:{b:{c:{d:{…}}}}}'],
    [{ 'user@example.com': 1, 'sk-live1234567890abc': 2, '/etc/passwd': 3 }, '{*:integer}'],
    [
      { a1b2c3d4e5f60718: 1, apiKey: 'k', max_tokens: 2, 'x-y': 3 },
      '{*:integer,apiKey:string,max_tokens:integer,x-y:integer}',
    ],
    [{ AKIAIOSFODNN7EXAMPLE: '', ghp_abcdefghijklmnopqrst12: '', user4711200: '' }, '{*:string}'],
    [{ big: 9007199254740993n }, '{big:integer}'],
    ['text', 'string'],
  ])('%s', (value, shape) => {
    expect(argumentShape(value)).toBe(shape);
  });

  it('is bounded, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 8, maxKeys: 60 }), (value) => argumentShape(value).length <= 401),
      runs(300),
    );
  });
});

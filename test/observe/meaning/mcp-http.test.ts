import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Item } from '../../../src/observe/wire/types.ts';
import { runs } from '../../fuzz.ts';
import { asks, body, bytes, CALL, type Exchange, exchange, listen, says, sse } from './mcp-exchanges.ts';
import { CANARY } from './mcp-peer.ts';
import { heard } from './mcp-world.ts';

describe('refusals', () => {
  const challenge = { 'www-authenticate': `Bearer resource_metadata="https://h/.well-known/x?${CANARY}"` };

  it.each([
    [401, true],
    [403, true],
    [404, false],
    [500, false],
  ])('%i: the call failed, denied %s', (status, denied) => {
    const world = listen([{ request: [body(CALL)], status, answer: challenge }]);
    expect(world.of('tool-call')).toMatchObject([{ subject: 'http:h:8080/mcp/add', error: true, denied }]);
    expect(world.of('mcp-server')[0]).toMatchObject({ count: 1, error: true, denied });
    expect(world.words('authorization')).toEqual(denied ? ['oauth'] : []);
    expect(JSON.stringify(world.said)).not.toContain(CANARY);
  });

  it('a JSON-RPC error under 403 is a refusal', () => {
    const error = { jsonrpc: '2.0', id: 1, error: { code: -32000, message: CANARY } };
    const world = listen([{ request: [body(CALL)], status: 403, response: [body(error)] }]);
    expect(world.of('tool-call')).toMatchObject([{ denied: true, words: { errorCodes: ['-32000'] } }]);
  });

  it('an event stream that is refused, and one that the server has not', () => {
    const get = { method: 'GET', headers: { accept: 'text/event-stream', 'mcp-session-id': 's' } };
    expect(listen([{ ...get, status: 401 }]).of('mcp-server')).toMatchObject([{ denied: true }]);
    expect(listen([{ ...get, status: 405 }]).said).toEqual([]);
  });
});

describe('recognition', () => {
  it.each<[string, Exchange]>([
    [
      'another API',
      { request: [body({ model: 'm', messages: [] })], status: 200, response: [body({ id: 1, result: {} })] },
    ],
    [
      'another JSON-RPC',
      { request: [body(asks(1, 'eth_call'))], status: 200, response: [body(says(1, {}))] },
    ],
    [
      'an agent of A2A',
      { request: [body(asks(1, 'message/send')), body(asks(2, 'tasks/get'))], status: 200 },
    ],
    [
      'another event stream',
      { method: 'GET', headers: { accept: 'text/event-stream' }, response: [sse('{"a":1}')] },
    ],
    [
      'a stream that names an endpoint',
      { method: 'GET', headers: { accept: 'text/event-stream' }, response: [sse('/x', null, 'endpoint')] },
    ],
  ])('says nothing of %s', (_, one) => {
    expect(listen([one]).said).toEqual([]);
  });

  it.each<[string, Exchange]>([
    ['a page', { method: 'GET', headers: { accept: 'text/html' } }],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['an upload', { method: 'PUT', headers: { 'content-type': 'application/json' } }],
  ])('does not want %s', (_, one) => {
    expect(exchange(heard(), one)).toBe(false);
  });

  it('by its messages, on any path and without any header of its own', () => {
    const world = listen([
      {
        target: `/api/${CANARY}/rpc?key=${CANARY}`,
        authority: `user:${CANARY}@Tools.Example:443`,
        headers: { accept: '*/*', authorization: `Bearer ${CANARY}`, cookie: CANARY },
        request: [body(CALL)],
        status: 200,
        response: [body(says(1, { content: [{ type: 'text', text: CANARY }] }))],
      },
    ]);
    const [subject] = Object.keys(world.counts('tool-call'));
    expect(subject).toMatch(/^http:tools\.example\/api\/\{[0-9a-f]{8}\}\/rpc\/add$/);
    expect(world.of('tool-call')[0]!.principal).toBeUndefined();
    expect(JSON.stringify(world.said)).not.toContain(CANARY);
  });

  it('an argument that names itself a message is none', () => {
    const call = asks(1, 'tools/call', { name: 'add', arguments: { jsonrpc: '2.0', method: 'tools/call' } });
    const world = listen([
      { request: [body(call)], status: 200, response: [body(says(1, { content: [] }))] },
    ]);
    expect(world.counts('tool-call')).toEqual({ 'http:h:8080/mcp/add': 1 });
  });
});

describe('what was not seen whole', () => {
  it('a body that was cut is read as far as it came', () => {
    const text = JSON.stringify(
      says(1, {
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      }),
    );
    const half: Item = { t: 'body', bytes: bytes(text.slice(0, text.indexOf('"b"'))), truncated: true };
    const world = listen([
      { request: [body(CALL)], status: 200, response: [half], ending: { truncated: true } },
    ]);
    expect(world.of('tool-call')).toMatchObject([{ count: 1, error: false, sums: { truncated: 1 } }]);
    expect(world.sum('truncated')).toBeGreaterThan(0);
  });

  it('a response that never came is an unanswered call', () => {
    const world = listen([{ request: [body(CALL)], ending: { cut: true, gap: true } }]);
    expect(world.of('tool-call')).toMatchObject([{ count: 1, sums: { unanswered: 1 } }]);
    expect(world.sum('gaps')).toBe(1);
  });

  it('never throws, and never tells a secret', () => {
    const text = fc.constantFrom(
      JSON.stringify(CALL),
      JSON.stringify(says(1, { content: [], _meta: { x: CANARY } })),
      JSON.stringify(asks(2, 'tools/list')),
      JSON.stringify(says(2, { tools: [{ name: 'add', description: CANARY }], nextCursor: CANARY })),
      `{"jsonrpc":"2.0",${CANARY}`,
      `/messages?sessionId=${CANARY}`,
      '"jsonrpc"',
      '',
    );
    const item = fc.oneof(
      fc.record({
        t: fc.constant('body' as const),
        bytes: fc.oneof(text.map(bytes), fc.uint8Array()),
        truncated: fc.boolean(),
      }),
      fc.record({
        t: fc.constant('sse' as const),
        event: fc.constantFrom(null, 'endpoint', 'message'),
        id: fc.constantFrom(null, '1'),
        data: fc.oneof(text, fc.string()),
      }),
      fc.record({ t: fc.constant('websocket' as const), text }),
    );
    const headers = fc.dictionary(
      fc.constantFrom(
        'mcp-session-id',
        'authorization',
        'accept',
        'mcp-method',
        'traceparent',
        'content-type',
      ),
      fc.constantFrom(
        CANARY,
        `Bearer a.${CANARY}.b`,
        `Bearer a.eyJzdWIiOiIx${CANARY}.b`,
        'text/event-stream',
        'application/json',
        '00-1-2-3',
      ),
    );
    const one = fc.record({
      method: fc.constantFrom('GET', 'POST', 'DELETE', 'PRI'),
      authority: fc.oneof(fc.constant('h'), fc.string()),
      target: fc.oneof(fc.constant(`/messages?sessionId=${CANARY}`), fc.string(), fc.webPath()),
      headers,
      request: fc.array(item, { maxLength: 3 }),
      status: fc.constantFrom(200, 202, 401, 500),
      answer: headers,
      response: fc.array(item, { maxLength: 3 }),
      ending: fc.record({ cut: fc.boolean(), gap: fc.boolean(), truncated: fc.boolean() }),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 8 }), (all) => {
        // A session's id is hashed by whoever keeps it.
        const said = listen(all as Exchange[]).said.map(({ session: _, ...rest }) => rest);
        return !JSON.stringify(said).includes(CANARY);
      }),
      runs(500),
    );
  });
});

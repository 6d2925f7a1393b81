import { describe, expect, it } from 'vitest';
import { readMcp } from '../../../src/observe/meaning/mcp.ts';
import { asks, body, CALL, exchange, headOf, listen, says, sse } from './mcp-exchanges.ts';
import { CANARY } from './mcp-peer.ts';
import { heard } from './mcp-world.ts';

describe('sessions', () => {
  it('come with the answer to initialize, and hold until they are deleted', () => {
    const hello = asks(0, 'initialize', {
      protocolVersion: '2025-06-18',
      clientInfo: { name: 'c' },
      capabilities: {},
    });
    const session = { 'mcp-session-id': 'S1' };
    const world = listen([
      {
        request: [body(hello)],
        status: 200,
        answer: session,
        response: [
          body(says(0, { protocolVersion: '2025-06-18', serverInfo: { name: 's' }, capabilities: {} })),
        ],
      },
      { headers: session, request: [body(CALL)], status: 200, response: [body(says(1, { content: [] }))] },
      { method: 'DELETE', headers: session, status: 200 },
    ]);
    expect(new Set(world.said.map((one) => JSON.stringify(one.session)))).toEqual(
      new Set(['{"scheme":"mcp","id":"S1"}']),
    );
  });

  it('are traces where the protocol has none', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const meta = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', traceparent } };
    const call = asks(1, 'tools/call', { name: 'add', ...meta });
    const world = listen([
      { request: [body(call)], status: 200, response: [body(says(1, { content: [] }))] },
      {
        headers: { traceparent },
        request: [body(CALL)],
        status: 200,
        response: [body(says(1, { content: [] }))],
      },
    ]);
    const trace = { scheme: 'trace', id: '0af7651916cd43dd8448eb211c80319c' };
    expect(world.of('tool-call').map(({ session }) => session)).toEqual([trace, trace]);
  });

  it('a stream that broke is resumed, and its answer added to the call', () => {
    const session = { 'mcp-session-id': 'S1' };
    const world = listen([
      {
        headers: session,
        request: [body(CALL)],
        status: 200,
        response: [sse('', 'e1')],
        ending: { cut: true },
      },
      {
        method: 'GET',
        headers: { ...session, accept: 'text/event-stream', 'last-event-id': 'e1' },
        status: 200,
        response: [sse(says(1, { content: [{ type: 'text', text: CANARY }], isError: true }), 'e2')],
      },
    ]);
    expect(world.counts('tool-call')).toEqual({ 'http:h:8080/mcp/add': 1 });
    expect(world.of('tool-call')[1]).toMatchObject({
      count: 0,
      records: 1,
      sums: { answeredLate: 1, failedLater: 1 },
    });
    expect(world.sum('unmatched')).toBe(0);
  });

  it('posted without a stream that was seen, a call has no answer', () => {
    const post = { target: '/messages?sessionId=S', request: [body(CALL)], status: 202 };
    expect(listen([post]).sum('unanswered', 'tool-call')).toBe(1);
  });

  it('on an event stream, answers are of those who posted to the address it named', () => {
    const world = heard();
    const reader = readMcp(world)(
      headOf({ method: 'GET', target: '/sse', headers: { accept: 'text/event-stream' } }),
    )!;
    reader.response({ status: 200, headers: new Map(), at: 1 });
    reader.item('response', sse(`/messages/?session_id=${CANARY}`, null, 'endpoint'), 2);
    const post = (message: object): boolean =>
      exchange(world, { target: `/messages/?session_id=${CANARY}`, request: [body(message)], status: 202 });
    post(CALL);
    post(asks(2, 'tools/call', { name: 'sub' }));
    reader.item('response', sse(says(1, { content: [] })), 3);
    reader.end({
      truncated: false,
      malformed: false,
      gap: false,
      cut: false,
      requestBytes: 0,
      responseBytes: 0,
      at: 9,
    });
    expect(world.counts('tool-call')).toEqual({ 'http:h:8080/sse/add': 1, 'http:h:8080/sse/sub': 1 });
    expect(world.sum('unanswered', 'tool-call')).toBe(1);
    expect(world.of('tool-call')[0]).toMatchObject({ session: { scheme: 'mcp' }, at: 3 });
  });

  it('on an event stream, an answer may come before the question was accepted', () => {
    const world = heard();
    const open = readMcp(world);
    const stream = open(headOf({ method: 'GET', target: '/sse', headers: { accept: 'text/event-stream' } }))!;
    stream.response({ status: 200, headers: new Map(), at: 1 });
    stream.item('response', sse('/messages', null, 'endpoint'), 2);
    const post = open(headOf({ method: 'POST', target: '/messages' }))!;
    post.item('request', body(CALL), 3);
    stream.item('response', sse(says(1, { content: [], isError: true })), 4);
    const ending = {
      truncated: false,
      malformed: false,
      gap: false,
      cut: true,
      requestBytes: 0,
      responseBytes: 0,
    };
    stream.end({ ...ending, at: 5 });
    post.end({ ...ending, at: 6 });
    expect(world.counts('tool-call')).toEqual({ 'http:h:8080/sse/add': 1 });
    expect(world.sum('unanswered', 'tool-call')).toBe(0);
    expect(world.sum('unmatched')).toBe(0);
  });

  it('of two identities have each their own catalog', () => {
    const bearer = (sub: string): Record<string, string> => ({
      authorization: `Bearer e30.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.c2ln`,
    });
    const lists = ['one', 'two', 'one'].map((sub) => ({
      headers: bearer(sub),
      request: [body(asks(1, 'tools/list'))],
      status: 200,
      response: [body(says(1, { tools: [{ name: sub }] }))],
    }));
    const world = listen(lists);
    expect(world.epochs().map(({ subject }) => subject)).toEqual(
      ['one', 'two'].map((sub) => `http:h:8080/mcp as oauth:${world.fingerprint(`\0${sub}`)}`),
    );
    expect(world.words('catalogs')).toEqual([]);
  });
});

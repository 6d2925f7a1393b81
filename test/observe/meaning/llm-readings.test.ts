import { describe, expect, it } from 'vitest';
import { readLlm } from '../../../src/observe/meaning/llm.ts';
import type { Said } from '../../../src/observe/meaning/said.ts';
import { createHttp1 } from '../../../src/observe/wire/http1.ts';
import { type Case, play, world } from './exchange.ts';

const chat = (body: unknown): Case => ({
  source: '',
  says: [],
  request: { authority: 'api.openai.com', target: '/v1/chat/completions', body },
  response: { status: 200, body: {} },
});

const tool = (name: string) => ({ type: 'function', function: { name, parameters: {} } });

function callOf(one: Case): Said {
  const into = world();
  play(readLlm(into), one);
  return into.said.find(({ kind }) => kind === 'llm-call')!;
}

describe('what was cut', () => {
  it('is read as far as it came, and said to be', () => {
    const text = JSON.stringify({
      model: 'm',
      tools: [tool('a'), tool('b')],
      messages: [{ role: 'user', content: 'x'.repeat(999) }],
    });
    const said = callOf(chat(text.slice(0, -500)));
    expect(said).toMatchObject({ subject: 'openai/m', sums: { truncated: 1, toolsOffered: 2 } });
    expect(said.words?.toolsHash).toBeUndefined();
  });

  it('is known by its answer where the request was lost', () => {
    const into = world();
    const lost: Case = {
      ...chat(undefined),
      request: { authority: '10.0.0.1:8000', target: '/v1/messages' },
      response: { status: 200, body: { model: 'claude-x', content: [] } },
      ending: { gap: true },
    };
    play(readLlm(into), lost);
    expect(into.said[0]).toMatchObject({ kind: 'llm-call', subject: '10.0.0.1:8000/?', sums: { gap: 1 } });
  });
});

describe('a stream whose reader hangs up behind its last event', () => {
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
  const event = (value: unknown) =>
    chunk(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
  const DELTA = { model: 'm', choices: [{ delta: { content: 'x' } }] };
  const LAST = [
    ['/v1/chat/completions', event('[DONE]')],
    ['/v1/responses', event({ type: 'response.completed', response: { model: 'm' } })],
    ['/v1/messages', event({ type: 'message_stop' })],
  ] as const;

  /** Numbers: so many bytes that were not captured; 0: nobody knows how many. */
  function sums(target: string, answer: readonly (string | number)[]): Said['sums'] {
    const into = world();
    const { client, server } = createHttp1(readLlm(into));
    const body = JSON.stringify({ model: 'm', input: 'x', messages: [], stream: true });
    const head = `POST ${target} HTTP/1.1\r\nHost: api.openai.com\r\nContent-Type: application/json\r\n`;
    client.push(Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n${body}`), 1);
    const type = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
    for (const part of [type, event(DELTA), ...answer])
      if (typeof part === 'number') server.gap(part, 2);
      else server.push(Buffer.from(part), 2);
    client.end(3);
    server.end(3);
    return into.said.find(({ kind }) => kind === 'llm-call')?.sums;
  }

  it.each(LAST)('has missed nothing: %s', (target, last) => {
    expect(sums(target, [last])).toEqual({ streamed: 1 });
    expect(sums(target, [last, 0])).toEqual({ streamed: 1 });
    expect(sums(target, [last, '5\r\nda', 3])).toEqual({ streamed: 1 });
  });

  it.each(LAST)('has missed what came before: %s', (target, last) => {
    const long = event({ ...DELTA, more: 'x'.repeat(99) });
    expect(sums(target, [long.slice(0, 40), 40, long.slice(80), last])).toMatchObject({
      gap: 1,
      streamed: 1,
    });
    expect(sums(target, [event(DELTA)])).toEqual({ cut: 1, streamed: 1 });
    expect(sums(target, [0])).toMatchObject({ gap: 1, cut: 1 });
  });
});

describe('conversations and aliases over several calls', () => {
  const respond = (id: string, previous: string | null, model: string): Case => ({
    ...chat({}),
    request: {
      authority: 'api.openai.com',
      target: '/v1/responses',
      body: { model: 'gpt-4o', input: 'x', ...(previous ? { previous_response_id: previous } : {}) },
    },
    response: { status: 200, body: { id, object: 'response', model, output: [] } },
  });

  it('answers that continue one another are one conversation', () => {
    const into = world();
    const read = readLlm(into);
    for (const [id, previous] of [
      ['r1', null],
      ['r2', 'r1'],
      ['r3', 'r2'],
      ['s2', 's1'],
    ] as const)
      play(read, respond(id, previous, 'gpt-4o'));
    const ids = into.said.filter(({ kind }) => kind === 'llm-call').map(({ session }) => session?.id);
    expect(ids[0]).toBeUndefined();
    expect(ids[1]).toBe(ids[2]);
    expect(ids[3]).not.toBe(ids[2]);
    expect(ids.join()).not.toMatch(/r1|s1/);
  });

  it('an alias that moves is told each time, and when it is itself again', () => {
    const into = world();
    const read = readLlm(into);
    for (const model of ['gpt-4o', 'gpt-4o-2024-08-06', 'gpt-4o-2024-11-20', 'gpt-4o'])
      play(read, respond('r', null, model));
    const told = into.said.filter(({ kind }) => kind === 'llm-call').map(({ epoch }) => epoch?.members);
    expect(told).toEqual([undefined, ['gpt-4o-2024-08-06'], ['gpt-4o-2024-11-20'], ['gpt-4o']]);
  });
});

describe('answers that are no JSON', () => {
  const answered = (status: number, type: string, text: string, target = '/v1/chat/completions') =>
    callOf({
      source: '',
      says: [],
      request: { authority: 'api.openai.com', target, body: { model: 'm', messages: [], input: 'x' } },
      response: { status, headers: { 'content-type': type }, text },
    });

  it('are malformed where JSON was promised, and nothing else where not', () => {
    expect(answered(200, 'application/json', '{"model":').sums).toEqual({ truncated: 1 });
    expect(answered(200, 'application/json', '<html>').sums).toEqual({ malformed: 1 });
    expect(answered(502, 'text/html', '<html>')).toMatchObject({ error: true, sums: {} });
    expect(answered(200, 'audio/mpeg', 'ID3', '/v1/audio/speech')).toMatchObject({
      context: 'audio.speech',
      sums: {},
    });
  });
});

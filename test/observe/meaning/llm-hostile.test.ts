import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readData } from '../../../src/observe/meaning/data.ts';
import { readLlm } from '../../../src/observe/meaning/llm.ts';
import type { Said } from '../../../src/observe/meaning/said.ts';
import type { Item, Side } from '../../../src/observe/wire/types.ts';
import { runs } from '../../fuzz.ts';
import { type Case, casesOf, play, world } from './exchange.ts';

const chat = (body: unknown, answer: unknown = {}): Case => ({
  source: '',
  says: [],
  request: { authority: 'api.openai.com', target: '/v1/chat/completions', body },
  response: { status: 200, body: answer },
});

function callOf(one: Case): Said {
  const into = world();
  play(readLlm(into), one);
  const calls = into.said.filter(({ kind }) => kind === 'llm-call');
  expect(calls).toHaveLength(1);
  bounded(into.said);
  return calls[0]!;
}

function bounded(said: readonly Said[]): void {
  expect(said.length).toBeLessThanOrEqual(300);
  for (const { subject, context, words, sums, asksFor } of said) {
    expect(subject.length).toBeLessThanOrEqual(600);
    expect((context ?? '').length).toBeLessThanOrEqual(600);
    expect((asksFor ?? []).length).toBeLessThanOrEqual(256);
    for (const list of Object.values(words ?? {})) {
      expect(list.length).toBeLessThanOrEqual(256);
      for (const word of list) expect(word.length).toBeLessThanOrEqual(600);
    }
    for (const sum of Object.values(sums ?? {})) expect(Number.isSafeInteger(sum) && sum >= 0).toBe(true);
  }
}

const tool = (name: string, description = '') => ({
  type: 'function',
  function: { name, description, parameters: {} },
});
const hashOf = (tools: unknown[]): readonly string[] | undefined =>
  callOf(chat({ model: 'm', messages: [], tools })).words?.toolsHash;

describe('a hostile peer', () => {
  it('offers 100,000 tools: counted, some named, no hash of a part', () => {
    const tools = Array.from({ length: 100_000 }, (_, i) => tool(`t${i}`));
    const { sums, words } = callOf(chat({ model: 'm', messages: [], tools }));
    expect(sums?.toolsOffered).toBe(100_000);
    expect(words?.tools).toHaveLength(256);
    expect(words?.toolsHash).toBeUndefined();
  });

  it('asks for 100,000 tools, with names in endless pieces', () => {
    const calls = Array.from({ length: 100_000 }, (_, index) => ({ index, function: { name: `t${index}` } }));
    expect(
      callOf(chat({ model: 'm', messages: [] }, { choices: [{ message: { tool_calls: calls } }] })).asksFor,
    ).toHaveLength(256);
    const pieces = Array.from({ length: 5_000 }, (_, i): [null, unknown] => [
      null,
      { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { name: `piece${i}` } }] } }] },
    ]);
    const streamed = { ...chat({ model: 'm', messages: [] }), response: { status: 200, sse: pieces } };
    expect(callOf(streamed).asksFor?.[0]).toHaveLength(256);
  });

  it('has names of any length and content', () => {
    const name = `\u001b[31m${'x'.repeat(100_000)}\ud800`;
    const { subject, words } = callOf(
      chat({ model: name, messages: [], tools: [tool(name)] }, { model: name }),
    );
    expect(subject.length).toBeLessThanOrEqual(300);
    expect(words?.tools?.[0]).toHaveLength(256);
  });

  it('nests without end', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(callOf(chat(`{"model":"m","messages":${deep}}`)).sums).toMatchObject({ malformed: 1 });
    let schema: unknown = {};
    for (let i = 0; i < 150; i++) schema = { properties: schema };
    expect(hashOf([{ type: 'function', function: { name: 'a', parameters: schema } }])).toHaveLength(1);
  });

  it('names members like what every object has', () => {
    const text =
      '{"model":"m","messages":[],"__proto__":{"model":"p"},"constructor":1,"tools":[{"__proto__":{"name":"x"}}]}';
    const { subject, sums } = callOf(chat(text, '{"__proto__":{"model":"evil"},"choices":{"length":9}}'));
    expect(subject).toBe('openai/m');
    expect(sums?.toolsOffered).toBeUndefined();
    expect(({} as Record<string, unknown>).model).toBeUndefined();
  });

  it('counts tokens that are none', () => {
    const usage = {
      prompt_tokens: -1,
      completion_tokens: 1e300,
      prompt_tokens_details: { cached_tokens: '5' },
    };
    expect(callOf(chat({ model: 'm', messages: [] }, { usage })).sums).toEqual({});
  });
});

describe('the tools hash', () => {
  it('does not depend on order, and tells names, schemas and descriptions apart', () => {
    const [a, b] = [tool('a', 'x'), tool('b', 'y')];
    expect(hashOf([a, b])).toEqual(hashOf([b, a]));
    const hashes = [[a, b], [a], [a, tool('b', 'z')], [a, tool('c', 'y')]].map((tools) => hashOf(tools)?.[0]);
    expect(new Set(hashes).size).toBe(4);
  });
});

describe('anything at all', () => {
  const CASES = [...casesOf('llm'), ...casesOf('data')].map(([, one]) => one);
  const KEYS =
    'model messages role content tools function name tool_calls delta choices index message usage input output type response item system candidates parts functionCall functionDeclarations toolConfig toolSpec result points matches ids hits error metadata'.split(
      ' ',
    );
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.jsonValue({ maxDepth: 1 }),
      tie('object'),
      fc.array(tie('value'), { maxLength: 4 }),
    ),
    object: fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 6 }),
  })).value;
  const bytes = json.map((value) => new TextEncoder().encode(JSON.stringify(value)));
  const item: fc.Arbitrary<Item> = fc.oneof(
    fc
      .oneof(bytes, fc.uint8Array({ maxLength: 60 }))
      .map((body) => ({ t: 'body' as const, bytes: body, truncated: false })),
    fc
      .tuple(fc.constantFrom(null, 'error', 'stream-end'), json)
      .map(([event, data]) => ({ t: 'sse' as const, event, id: null, data: JSON.stringify(data) })),
    json.map((line) => ({ t: 'line' as const, text: JSON.stringify(line) })),
    bytes.map((payload) => ({ t: 'frame' as const, headers: new Map([[':event-type', 'chunk']]), payload })),
    fc.uint8Array({ maxLength: 80 }).map((message) => ({ t: 'message' as const, bytes: message })),
    fc.string().map((text) => ({ t: 'websocket' as const, text })),
  );
  const side: fc.Arbitrary<Side> = fc.constantFrom('request', 'response');

  it.each([
    ['readLlm', readLlm],
    ['readData', readData],
  ] as const)('%s never throws, and stays within its bounds', (_name, open) => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CASES),
        fc.array(fc.tuple(side, item), { maxLength: 12 }),
        ({ request }, items) => {
          const into = world();
          const reader = open(into)({
            version: '1.1',
            method: request.method ?? 'POST',
            authority: request.authority ?? '',
            target: request.target,
            headers: new Map(Object.entries(request.headers ?? {})),
            at: 0,
          });
          if (!reader) return;
          for (const [from, one] of items) reader.item(from, one, 0);
          reader.response({
            status: 200,
            headers: new Map([['x-amzn-bedrock-input-token-count', 'x']]),
            at: 0,
          });
          reader.end({
            truncated: false,
            malformed: false,
            gap: false,
            cut: false,
            requestBytes: 1,
            responseBytes: 1,
            at: 1,
          });
          expect(into.said.length).toBeGreaterThan(0);
          bounded(into.said);
        },
      ),
      runs(400),
    );
  });
});

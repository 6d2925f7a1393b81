/** The real OpenAI SDK against a server that keeps its own log; a proxy between them hands their bytes to the decoder. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
} from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLlm } from '../../../src/observe/meaning/llm.ts';
import type { Said } from '../../../src/observe/meaning/said.ts';
import { createHttp1 } from '../../../src/observe/wire/http1.ts';
import { world } from './exchange.ts';

const SECRET = 'sk-c4n4ry';
const into = world();
const log: { path: string; model: string; tools: string[] }[] = [];
let api: Server;
let proxy: TcpServer;
/** As far as it is used here; it is installed with the sample agent, not with us. */
type Create = { create(request: Record<string, unknown>): Promise<AsyncIterable<unknown>> };
type OpenAi = { chat: { completions: Create }; responses: Create; embeddings: Create };
let client: OpenAi;

type Asked = { model: string; stream?: boolean; tools?: { name?: string; function?: { name: string } }[] };

const call = (name: string) => ({
  index: 0,
  id: 'call_1',
  type: 'function',
  function: { name, arguments: '{"q":"x"}' },
});

function events(path: string, { model }: Asked, tool: string): unknown[] {
  if (path.endsWith('/responses')) {
    const item = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: tool, arguments: '{}' };
    const response = { id: 'resp_1', object: 'response', model: `${model}-2026`, output: [], error: null };
    return [
      { type: 'response.created', response },
      { type: 'response.output_item.done', output_index: 0, item },
      {
        type: 'response.completed',
        response: { ...response, output: [item], usage: { input_tokens: 7, output_tokens: 3 } },
      },
    ];
  }
  const chunk = { id: 'c', object: 'chat.completion.chunk', model: `${model}-2026` };
  return [
    { ...chunk, choices: [{ index: 0, delta: { role: 'assistant', tool_calls: [call(tool)] } }] },
    { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
    { ...chunk, choices: [], usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } },
  ];
}

function whole(path: string, { model }: Asked, tool: string): unknown {
  if (path.endsWith('/embeddings'))
    return {
      object: 'list',
      model,
      data: [{ object: 'embedding', index: 0, embedding: [0.1] }],
      usage: { prompt_tokens: 7 },
    };
  const message = { role: 'assistant', content: null, tool_calls: [call(tool)] };
  const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
  return {
    id: 'c',
    object: 'chat.completion',
    model: `${model}-2026`,
    choices: [{ index: 0, message }],
    usage,
  };
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  const asked = JSON.parse(text) as Asked;
  const path = request.url ?? '';
  const tools = (asked.tools ?? []).map((tool) => tool.function?.name ?? tool.name ?? '?');
  log.push({ path, model: asked.model, tools });
  const tool = tools[0] ?? 'none';
  response.setHeader('content-type', asked.stream ? 'text/event-stream' : 'application/json');
  if (!asked.stream) return void response.end(JSON.stringify(whole(path, asked, tool)));
  for (const event of events(path, asked, tool)) response.write(`data: ${JSON.stringify(event)}\n\n`);
  response.end('data: [DONE]\n\n');
}

const portOf = (server: Server | TcpServer): number => (server.address() as AddressInfo).port;
const listening = (server: Server | TcpServer): Promise<void> =>
  new Promise((done) => server.listen(0, '127.0.0.1', done));

beforeAll(async () => {
  api = createServer((request, response) => void serve(request, response));
  await listening(api);
  const open = readLlm(into);
  proxy = createTcpServer((down) => {
    const up = connect(portOf(api), '127.0.0.1');
    const wire = createHttp1(open);
    down.on('data', (bytes) => wire.client.push(bytes, log.length)).pipe(up);
    up.on('data', (bytes) => wire.server.push(bytes, log.length)).pipe(down);
    for (const socket of [down, up]) socket.on('error', () => socket.destroy());
  });
  await listening(proxy);
  const agent = createRequire(new URL('../../../fixtures/agent/package.json', import.meta.url));
  const { OpenAI: Sdk } = agent('openai') as { OpenAI: new (options: Record<string, unknown>) => OpenAi };
  client = new Sdk({ apiKey: SECRET, baseURL: `http://127.0.0.1:${portOf(proxy)}/v1`, maxRetries: 0 });
});

afterAll(() => {
  api.closeAllConnections();
  api.close();
  proxy.close();
});

const parameters = { type: 'object', properties: { q: { type: 'string' } } };
const tool = (name: string) => ({ type: 'function' as const, function: { name, parameters } });
const messages = [
  { role: 'system' as const, content: `You answer questions of ${SECRET}.` },
  { role: 'user' as const, content: SECRET },
];

function lastCall(): Said | undefined {
  return into.said.filter(({ kind }) => kind === 'llm-call').at(-1);
}

async function drained(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

describe('the OpenAI SDK', () => {
  it.each([
    [
      'chat',
      async () =>
        void (await client.chat.completions.create({
          model: 'gpt-a',
          messages,
          tools: [tool('find'), tool('buy')],
        })),
    ],
    [
      'chat, streamed',
      async () =>
        drained(
          await client.chat.completions.create({
            model: 'gpt-b',
            messages,
            tools: [tool('find')],
            stream: true,
          }),
        ),
    ],
    [
      'responses, streamed',
      async () =>
        drained(
          await client.responses.create({
            model: 'gpt-c',
            instructions: 'You answer questions.',
            input: SECRET,
            tools: [{ type: 'function', name: 'look', parameters, strict: false }],
            stream: true,
          }),
        ),
    ],
    ['embeddings', async () => void (await client.embeddings.create({ model: 'embed-d', input: SECRET }))],
  ])('%s: what the server logged is what is said', async (_what, run) => {
    await run();
    const { path, model, tools } = log.at(-1)!;
    const said = lastCall()!;
    expect(said.subject).toBe(`127.0.0.1:${portOf(proxy)}/${model}`);
    expect(path.replace('/v1/', '').replace('/', '.')).toBe(said.context);
    expect(said.words?.tools ?? []).toEqual(tools);
    expect(said.asksFor).toEqual(tools.slice(0, 1));
    expect(said.words?.answered).toEqual([tools.length > 0 ? `${model}-2026` : model]);
    expect(said.sums).toMatchObject({ inputTokens: 7 });
    expect(said.error).toBe(false);
  });

  it('was seen in every call, and no secret of it kept', () => {
    expect(into.said.filter(({ kind }) => kind === 'llm-call')).toHaveLength(log.length);
    expect(into.said.filter(({ sums }) => sums?.malformed || sums?.truncated || sums?.cut)).toEqual([]);
    expect(JSON.stringify(into.said)).not.toContain(SECRET);
  });
});

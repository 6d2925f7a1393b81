/** What real clients and servers write to each other in a few exchanges on one connection, exchange by exchange. */
import { once } from 'node:events';
import { Agent, createServer as createHttp1, request as request1 } from 'node:http';
import { type ClientHttp2Session, connect, createServer as createHttp2 } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { type Passed, record } from '../observe/wire/traffic.ts';

export type Exchange = readonly Passed[];

const TEXT = 'w'.repeat(700);
const CALL = {
  model: 'gpt-4o',
  messages: [{ role: 'user', content: TEXT }],
  tools: [{ type: 'function', function: { name: 'search', parameters: { type: 'object' } } }],
};
const ANSWER = JSON.stringify({
  model: 'gpt-4o-2024-08-06',
  choices: [{ message: { role: 'assistant', content: TEXT } }],
  usage: { prompt_tokens: 12, completion_tokens: 5 },
});
const TOOL_CALL = {
  jsonrpc: '2.0',
  method: 'tools/call',
  params: { name: 'search', arguments: { q: TEXT } },
};
const RESULT = { jsonrpc: '2.0', result: { content: [{ type: 'text', text: TEXT }] } };

const MODEL = '/v1/chat/completions';
const JSON_TYPE = { 'content-type': 'application/json' };
const FROM_CLIENT = {
  ...JSON_TYPE,
  authorization: `Bearer ${'k'.repeat(48)}`,
  'user-agent': 'OpenAI/JS 6.2.0',
};
const FROM_MCP = {
  ...JSON_TYPE,
  accept: 'application/json, text/event-stream',
  'mcp-session-id': 's'.repeat(32),
};

const bodyOf = async (parts: AsyncIterable<Buffer>) => Buffer.concat(await Array.fromAsync(parts)).toString();
const requestId = () => ({ 'x-request-id': crypto.randomUUID() });

/** Calls of a model over HTTP/1.1, kept alive. */
export function http1Calls(exchanges: number): Promise<Exchange[]> {
  return overHttp1(exchanges, () => ({ path: MODEL, headers: FROM_CLIENT, body: CALL }));
}

/** Calls of a tool over MCP's streamable HTTP, each answered by a stream of events. */
export function mcpCalls(exchanges: number): Promise<Exchange[]> {
  return overHttp1(exchanges, (id) => ({ path: '/mcp', headers: FROM_MCP, body: { ...TOOL_CALL, id } }));
}

type Call = { path: string; headers: Record<string, string>; body: object };

async function overHttp1(exchanges: number, call: (id: number) => Call): Promise<Exchange[]> {
  const server = createHttp1(async (request, response) => {
    const { id } = JSON.parse(await bodyOf(request)) as { id?: number };
    if (request.url === MODEL) return response.writeHead(200, { ...JSON_TYPE, ...requestId() }).end(ANSWER);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`event: message\ndata: ${JSON.stringify({ ...RESULT, id })}\n\n`);
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const one = (port: number, { path, headers, body }: Call) =>
    new Promise<void>((resolve, reject) => {
      const request = request1({ port, path, method: 'POST', headers, agent }, (response) =>
        response.resume().on('end', resolve),
      );
      request.on('error', reject).end(JSON.stringify(body));
    });
  try {
    return await recorded(server, exchanges, (port, id) => one(port, call(id)));
  } finally {
    agent.destroy();
  }
}

/** Calls of a model over one HTTP/2 connection. */
export async function http2Calls(exchanges: number): Promise<Exchange[]> {
  const server = createHttp2();
  server.on('stream', async (stream) => {
    await bodyOf(stream);
    stream.respond({ ':status': 200, ...JSON_TYPE, ...requestId() });
    stream.end(ANSWER);
  });
  let session: ClientHttp2Session | null = null;
  try {
    return await recorded(server, exchanges, async (port) => {
      session ??= connect(`http://127.0.0.1:${port}`);
      const stream = session.request({ ':method': 'POST', ':path': MODEL, ...FROM_CLIENT });
      stream.end(JSON.stringify(CALL));
      await bodyOf(stream);
    });
  } finally {
    (session as ClientHttp2Session | null)?.destroy();
  }
}

async function recorded(
  server: Server,
  exchanges: number,
  exchange: (port: number, id: number) => Promise<void>,
): Promise<Exchange[]> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ends: number[] = [];
  const { port: own } = server.address() as AddressInfo;
  const [passed = [], another] = await record(own, async (port, soFar) => {
    for (let id = 0; id < exchanges; id++) {
      await exchange(port, id);
      ends.push(soFar[0]!.length);
    }
  });
  server.close();
  if (another) throw new Error('there was more than one connection');
  return ends.map((end, i) => passed.slice(ends[i - 1] ?? 0, end));
}

/** The official SDK's client and server, over each of its transports: what was said against the server's own log. */
import { randomUUID } from 'node:crypto';
import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { afterEach, describe, expect, it } from 'vitest';
import { catalogHash, toolHashes } from '../../../src/observe/meaning/mcp/hashes.ts';
import { createMcpChannel, launcherOf, readMcp } from '../../../src/observe/meaning/mcp.ts';
import { CANARY, converse, peerServer, type Truth, truth } from './mcp-peer.ts';
import { tap } from './mcp-tap.ts';
import { type Heard, heard } from './mcp-world.ts';

const SHAPES = [
  '{*:string,a:integer,b:number,note:string}',
  '{filter:{since:null,tags:string[]},limit:integer}',
  '{}',
];

/** Names, counts and errors are the server's own, and nothing else is said. */
function expectTruth(world: Heard, log: Truth, server: string): void {
  const by = (counts: Record<string, number>): Record<string, number> =>
    Object.fromEntries(Object.entries(counts).map(([name, count]) => [`${server}/${name}`, count]));
  expect(world.counts('tool-call')).toEqual(by(log.calls));
  const failed: Record<string, number> = {};
  for (const { subject, error, count = 1 } of world.of('tool-call'))
    if (error) failed[subject] = (failed[subject] ?? 0) + count;
  expect(failed).toEqual(by(log.failed));
  expect(world.counts('mcp-tool')).toEqual(
    by(Object.fromEntries(log.tools.map(({ name }) => [name, log.listed]))),
  );
  const tools = log.tools.map((tool) => ({ name: tool.name, tool: toolHashes(tool as never).tool }));
  expect(world.epochs().map(({ subject, hash }) => [subject, hash])).toEqual([[server, catalogHash(tools)]]);
  expect(world.epochs()[0]!.members.map((member) => member.split('\t')[0])).toEqual(
    log.tools.map(({ name }) => name).sort(),
  );
  expect(Object.keys(world.counts('mcp-server'))).toEqual([server]);
  for (const power of ['sampling', 'elicitation', 'roots'] as const)
    expect(world.sum(power)).toBe(log.asked[power]);
  expect(world.sum('resourcesRead')).toBe(log.read);
  expect(world.sum('promptsGot')).toBe(log.prompted);
  expect(world.of('data-access').map(({ subject, records }) => [subject, records])).toEqual([
    [`${server}/postgres://db.internal/sales/orders/{}/…`, 2],
  ]);
  expectDetails(world, server);
}

function expectDetails(world: Heard, server: string): void {
  expect(world.words('argumentShapes', 'tool-call')).toEqual(SHAPES);
  const rows = world.of('tool-call').find(({ subject }) => subject === `${server}/rows`);
  expect(rows).toMatchObject({ records: 7, words: { contentKinds: ['structured', 'text'] } });
  expect(rows!.bytes).toBeGreaterThan(7 * CANARY.length);
  expect(world.words('stated')).toEqual(['peer@1.2.3']);
  expect(world.words('clients')).toEqual(['agent@9.9.9']);
  expect(world.words('protocols')).toEqual(['2025-11-25']);
  expect(world.words('capabilities')).toContain('tools.listChanged');
  expect(world.words('hints', 'mcp-tool')).toEqual(['destructiveHint=true', 'readOnlyHint=false']);
  expect(world.words('errorCodes', 'tool-call')).toEqual(['-32602']);
  expect(world.words('catalogs')).toEqual([]);
  expect(world.sum('cancelled', 'tool-call')).toBe(1);
  for (const strange of ['unanswered', 'unmatched', 'malformed', 'unreadable', 'gaps', 'partialCatalogs'])
    expect(world.sum(strange)).toBe(0);
  expect(new Set(world.said.map(({ session }) => session?.id)).size).toBe(1);
  expect(JSON.stringify(world.said)).not.toContain(CANARY);
}

describe('a pair of pipes', () => {
  it('is read as the server logged it', async () => {
    const world = heard();
    const argv = ['npx', '-y', '@acme/peer@1.2.3', '--token', CANARY];
    const channel = createMcpChannel(world, { transport: 'stdio', launcher: launcherOf(argv, '') });
    const [near, far] = InMemoryTransport.createLinkedPair();
    let at = 0;
    const now = (): number => {
      at += 1000;
      return at;
    };
    const tapped = (transport: Transport, from: 'client' | 'server'): void => {
      const send = transport.send.bind(transport);
      transport.send = (message, options) => {
        channel.message(from, JSON.parse(JSON.stringify(message)), now());
        return send(message, options);
      };
    };
    tapped(near, 'client');
    tapped(far, 'server');
    const log = truth();
    const server = peerServer(log);
    await server.connect(far);
    const client = await converse(near);
    channel.end(now());
    expectTruth(world, log, 'npx:@acme/peer');
    expect(world.words('launchers')).toEqual(['npx:@acme/peer@1.2.3']);
    expect(world.words('pinning')).toEqual(['pinned']);
    await client.close();
  });
});

let listening: HttpServer | null = null;
afterEach(() => {
  listening?.closeAllConnections();
  listening?.close();
});

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<unknown>;

async function listen(handle: Handle): Promise<string> {
  listening = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => listening!.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

describe('streamable HTTP', () => {
  it.each([
    ['with answers as events', { enableJsonResponse: false }],
    ['with answers as JSON', { enableJsonResponse: true }],
  ])('%s', async (_, options) => {
    const log = truth();
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      ...options,
    });
    await peerServer(log).connect(transport as Transport);
    const host = await listen((request, response) => transport.handleRequest(request, response));
    const world = heard();
    const { fetch, settled } = tap(readMcp(world));
    const near = new StreamableHTTPClientTransport(new URL(`http://${host}/team/agents?key=${CANARY}`), {
      fetch,
    });
    // An answer as JSON has no room for questions back.
    const client = await converse(near as Transport, !options.enableJsonResponse);
    await near.terminateSession();
    await client.close();
    await settled();
    expectTruth(world, log, `http:${host}/team/agents`);
    expect(world.said.every(({ session }) => session?.scheme === 'mcp')).toBe(true);
  });
});

describe('HTTP with SSE', () => {
  it('joins what was posted with what the stream answers', async () => {
    const log = truth();
    let transport: SSEServerTransport | null = null;
    const host = await listen(async (request, response) => {
      if (request.method === 'POST') return transport!.handlePostMessage(request, response);
      transport = new SSEServerTransport('/messages', response);
      return peerServer(log).connect(transport as Transport);
    });
    const world = heard();
    const { fetch, settled } = tap(readMcp(world));
    const near = new SSEClientTransport(new URL(`http://${host}/sse`), { fetch });
    const client = await converse(near as Transport);
    await client.close();
    await settled();
    expectTruth(world, log, `http:${host}/sse`);
  });
});

/** A server of the official SDK that logs what was truly asked of it, and a client that asks. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolRequestSchema,
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListRootsRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js';

/** What must not be found in anything that is said. */
export const CANARY = 'sk-canary-9f8e7d6c5b4a3210';

export type Truth = {
  listed: number;
  calls: Record<string, number>;
  failed: Record<string, number>;
  tools: Tool[];
  asked: { sampling: number; elicitation: number; roots: number };
  read: number;
  prompted: number;
};

const PAGE = 2;
const object = (properties: Record<string, object>) => ({ type: 'object' as const, properties });

function tools(): Tool[] {
  return [
    { name: 'add', description: `Adds. ${CANARY}`, inputSchema: object({ a: { type: 'number' }, b: {} }) },
    { name: 'rows', title: 'Rows', inputSchema: object({ limit: {} }), outputSchema: object({ result: {} }) },
    { name: 'fails', inputSchema: object({}), annotations: { destructiveHint: true, readOnlyHint: false } },
    { name: 'throws', inputSchema: object({}) },
    { name: 'asks', inputSchema: object({}) },
    { name: 'slow', inputSchema: object({}) },
  ];
}

export function truth(): Truth {
  const asked = { sampling: 0, elicitation: 0, roots: 0 };
  return { listed: 0, calls: {}, failed: {}, tools: tools(), asked, read: 0, prompted: 0 };
}

const CAPABILITIES = { tools: { listChanged: true }, resources: {}, prompts: {}, logging: {} };

export function peerServer(log: Truth): Server {
  const server = new Server(
    { name: 'peer', version: '1.2.3' },
    { capabilities: CAPABILITIES, instructions: `Say nothing of ${CANARY}` },
  );
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
    const from = Number(params?.cursor?.replace(`cursor-${CANARY}-`, '') ?? 0);
    const more = from + PAGE < log.tools.length;
    if (!more) log.listed += 1;
    const nextCursor = more ? { nextCursor: `cursor-${CANARY}-${from + PAGE}` } : {};
    return { tools: log.tools.slice(from, from + PAGE), ...nextCursor };
  });
  server.setRequestHandler(CallToolRequestSchema, async ({ params: { name, arguments: args } }, extra) => {
    log.calls[name] = (log.calls[name] ?? 0) + 1;
    const fail = (): void => {
      log.failed[name] = (log.failed[name] ?? 0) + 1;
    };
    if (name === 'add')
      return { content: [{ type: 'text', text: `${CANARY} ${Number(args?.a) + Number(args?.b)}` }] };
    if (name === 'rows') {
      const result = Array.from({ length: Number(args?.limit) }, (_, id) => ({ id, secret: CANARY }));
      return { content: [{ type: 'text', text: JSON.stringify({ result }) }], structuredContent: { result } };
    }
    if (name === 'fails') {
      fail();
      return { isError: true, content: [{ type: 'text', text: `no: ${CANARY}` }] };
    }
    if (name === 'asks') {
      await server.createMessage({ maxTokens: 1, messages: [] }, { relatedRequestId: extra.requestId });
      log.asked.sampling += 1;
      await server.elicitInput(
        { message: CANARY, requestedSchema: object({}) as never },
        { relatedRequestId: extra.requestId },
      );
      log.asked.elicitation += 1;
      await server.listRoots({}, { relatedRequestId: extra.requestId });
      log.asked.roots += 1;
      return { content: [] };
    }
    if (name === 'slow') {
      await new Promise((resolve) => extra.signal.addEventListener('abort', resolve));
      return { content: [] };
    }
    fail();
    throw new McpError(-32602, `unknown tool ${CANARY}`);
  });
  const uri = `postgres://user:${CANARY}@db.internal/sales/orders/${CANARY}/schema`;
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: [{ uri, name: 'orders' }] }));
  server.setRequestHandler(ReadResourceRequestSchema, () => {
    log.read += 1;
    return {
      contents: [
        { uri, text: CANARY },
        { uri, text: CANARY },
      ],
    };
  });
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: [{ name: 'brief' }] }));
  server.setRequestHandler(GetPromptRequestSchema, () => {
    log.prompted += 1;
    return { messages: [{ role: 'user', content: { type: 'text', text: CANARY } }] };
  });
  return server;
}

function peerClient(): Client {
  const capabilities = { sampling: {}, elicitation: {}, roots: { listChanged: true } };
  const client = new Client({ name: 'agent', version: '9.9.9' }, { capabilities });
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    model: 'm',
    role: 'assistant',
    content: { type: 'text', text: CANARY },
  }));
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }));
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: `file:///home/${CANARY}` }] }));
  return client;
}

/**
 * Everything that a client does, once, with three calls of `add`.
 *
 * @param askable whether the server can ask back.
 */
export async function converse(transport: Transport, askable = true): Promise<Client> {
  const client = peerClient();
  await client.connect(transport);
  await client.ping();
  let cursor: string | undefined;
  do cursor = (await client.listTools(cursor ? { cursor } : {})).nextCursor;
  while (cursor);
  const call = (name: string, args: Record<string, unknown> = {}) =>
    client.callTool({ name, arguments: args });
  for (const a of [1, 2, 3]) await call('add', { a, b: 1.5, [CANARY]: CANARY, note: CANARY });
  await call('rows', { limit: 7, filter: { tags: ['x', CANARY], since: null } });
  await call('fails');
  await call('throws').catch(() => {});
  await call('nowhere').catch(() => {});
  if (askable) await call('asks');
  const stop = new AbortController();
  const slow = client.callTool({ name: 'slow', arguments: {} }, undefined, { signal: stop.signal });
  setTimeout(() => stop.abort(), 20);
  await slow.catch(() => {});
  await client.listResources();
  await client.readResource({ uri: `postgres://user:${CANARY}@db.internal/sales/orders/${CANARY}/schema` });
  await client.listPrompts();
  await client.getPrompt({ name: 'brief', arguments: { who: CANARY } });
  return client;
}

/** MCP over streamable HTTP: the first major of the SDK on `/v1/mcp`, its older transport on `/v1/sse`, the second major on `/v2/mcp`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Its packages come with the peers, and only what asks for it needs them. */
const FILE = join(import.meta.dirname, '../node/mcp-http.mjs');
let handlers: Promise<Record<'v1' | 'v2' | 'sse', Handle>> | null = null;

export async function mcp(request: IncomingMessage, response: ServerResponse): Promise<void> {
  handlers ??= import(FILE) as Promise<Record<'v1' | 'v2' | 'sse', Handle>>;
  const { v1, v2, sse } = await handlers;
  const path = request.url ?? '';
  await (path.startsWith('/v2/') ? v2 : path.startsWith('/v1/sse') ? sse : v1)(request, response);
}

/** MCP over streamable HTTP: the first major of the SDK on `/v1/mcp`, the second one on `/v2/mcp`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Its packages come with the peers, and only what asks for it needs them. */
const FILE = join(import.meta.dirname, '../node/mcp-http.mjs');
let handlers: Promise<Record<'v1' | 'v2', Handle>> | null = null;

export async function mcp(request: IncomingMessage, response: ServerResponse): Promise<void> {
  handlers ??= import(FILE) as Promise<Record<'v1' | 'v2', Handle>>;
  const { v1, v2 } = await handlers;
  await (request.url?.startsWith('/v2/') ? v2 : v1)(request, response);
}

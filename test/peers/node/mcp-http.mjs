/** Both majors over streamable HTTP, as handlers of Node's servers: the first with sessions. */
import { randomUUID } from 'node:crypto';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { McpServer as Old } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { offer } from './mcp-tools.mjs';

const sessions = new Map();

export async function v1(request, response) {
  let transport = sessions.get(request.headers['mcp-session-id']);
  if (!transport) {
    transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => sessions.set(id, transport),
    });
    await offer(new Old({ name: 'lab-tools', version: '1.2.3' })).connect(transport);
  }
  await transport.handleRequest(request, response);
}

export const v2 = toNodeHandler(
  createMcpHandler(() => offer(new McpServer({ name: 'lab-tools', version: '2.3.4' }))),
);

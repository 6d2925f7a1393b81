/** Both majors over HTTP, as handlers of Node's servers: the first with sessions, and the older way with SSE. */
import { randomUUID } from 'node:crypto';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { McpServer as Old } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
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

const streams = new Map();

export async function sse(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://lab');
  if (pathname.endsWith('/messages'))
    return streams.get(searchParams.get('sessionId')).handlePostMessage(request, response);
  const transport = new SSEServerTransport('/v1/sse/messages', response);
  streams.set(transport.sessionId, transport);
  await offer(new Old({ name: 'lab-tools', version: '1.2.3' })).connect(transport);
}

export const v2 = toNodeHandler(
  createMcpHandler(() => offer(new McpServer({ name: 'lab-tools', version: '2.3.4' }))),
);

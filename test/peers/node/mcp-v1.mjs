import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { talk, transportOf } from './mcp-talk.mjs';

const ways = { Stdio: StdioClientTransport, Http: StreamableHTTPClientTransport, Sse: SSEClientTransport };
const { transport, calls } = transportOf(process.argv.slice(2), ways);
await talk(new Client({ name: 'lab-v1', version: '1.0.0' }), transport, calls);

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { talk, transportOf } from './mcp-talk.mjs';

const ways = { Stdio: StdioClientTransport, Http: StreamableHTTPClientTransport };
const { transport, calls } = transportOf(process.argv.slice(2), ways);
const info = { name: 'lab-v2', version: '1.0.0' };
await talk(
  new Client(info, { versionNegotiation: { mode: process.env.MCP_MODE ?? 'auto' } }),
  transport,
  calls,
);

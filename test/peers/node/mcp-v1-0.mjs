import { Client } from 'mcp-sdk-1-0/client/index.js';
import { StdioClientTransport } from 'mcp-sdk-1-0/client/stdio.js';
import { talk, transportOf } from './mcp-talk.mjs';

const { transport, calls } = transportOf(process.argv.slice(2), { Stdio: StdioClientTransport });
await talk(new Client({ name: 'lab-v1-0', version: '1.0.0' }, { capabilities: {} }), transport, calls);

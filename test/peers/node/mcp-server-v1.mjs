import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { offer } from './mcp-tools.mjs';

await offer(new McpServer({ name: 'lab-tools', version: '1.2.3' })).connect(new StdioServerTransport());

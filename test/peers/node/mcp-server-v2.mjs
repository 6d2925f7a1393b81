import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { offer } from './mcp-tools.mjs';

serveStdio(() => offer(new McpServer({ name: 'lab-tools', version: '2.3.4' })));

/** 50 times a second: an HTTP request, an MCP call to a child over its stdio, which it answers, a file read. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PERIOD_MS = 20;
const ANSWER = 's/"method".*/"result":{"content":[{"type":"text","text":"done"}]}}/';
const child = spawn('sed', ['-u', ANSWER], { stdio: ['pipe', 'pipe', 'inherit'] });
child.stdout.resume();
const server = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
const self = fileURLToPath(import.meta.url);

const began = performance.now();
for (let id = 0; ; id++) {
  await fetch(`http://127.0.0.1:${port}/`).then((response) => response.text());
  const params = { name: 'search', arguments: { query: 'posture' } };
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })}\n`);
  await readFile(self);
  await sleep(Math.max(1, began + id * PERIOD_MS - performance.now()));
}

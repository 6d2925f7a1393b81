/** The saturated HTTPS server of the benchmark: `/N` answers with N bytes. Arguments: folder of key.pem and cert.pem. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const folder = process.argv[2]!;
const read = (name: string) => readFileSync(join(folder, name));
const bodies = new Map<string, Buffer>();

function body(url: string): Buffer {
  const known = bodies.get(url);
  if (known) return known;
  const made = Buffer.alloc(Number(url.slice(1)), 'x');
  bodies.set(url, made);
  return made;
}

const server = createServer({ key: read('key.pem'), cert: read('cert.pem') }, (request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(body(request.url ?? '/0'));
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ port, pid: process.pid })}\n`);
});

/**
 * All servers of the lab: TLS with HTTP/1.1 and HTTP/2 on port 443 of each name, in the clear metadata on port 80 and
 * models on 11434.
 * Prints `ready`, then each answer as a line; ends with its standard input.
 *   main.ts FOLDER    with key.pem and ca.pem
 */
import { readFileSync } from 'node:fs';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { join } from 'node:path';
import { METADATA } from './hosts.ts';
import { kubernetes } from './kubernetes.ts';
import { chat } from './llm.ts';
import { mcp } from './mcp.ts';
import { google, metadata } from './metadata.ts';
import { LOCAL_MODELS, MODELS } from './models.ts';
import type { Served } from './served.ts';

type Handle = (request: IncomingMessage, response: ServerResponse, served: Served) => unknown;

const folder = process.argv[2]!;
const tls = { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'ca.pem')) };

/** By the end of the host's name. */
const HANDLERS: readonly (readonly [string, Handle])[] = [
  ['api.openai.com', chat],
  ['api.anthropic.com', chat],
  ['mcp.example.com', mcp],
  ...MODELS,
  ['amazonaws.com', aws],
  ['kubernetes.default.svc', kubernetes],
  ['googleapis.com', google],
  ['', page],
];

/** moto tells services and buckets by the host. */
function aws(request: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, headers } = request;
  const own = forward({ host: '127.0.0.1', port: 5000, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(response);
  });
  own.on('error', () => response.writeHead(502).end());
  request.pipe(own);
}

function page(request: IncomingMessage, response: ServerResponse): void {
  request.resume().once('end', () => {
    response.writeHead(request.url?.startsWith('/missing') ? 404 : 200, { 'content-type': 'text/plain' });
    response.end('a page\n'.repeat(request.url?.endsWith('?short') ? 1 : 2000));
  });
}

function hostOf({ headers }: IncomingMessage): string {
  return String(headers[':authority'] ?? headers.host ?? '').replace(/:\d+$/, '');
}

function answer(handlers: typeof HANDLERS) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const host = hostOf(request);
    const path = (request.url ?? '').split('?')[0]!;
    const served: Served = { host, path, method: request.method!, status: 0, version: request.httpVersion };
    response.once('close', () => {
      served.status = response.statusCode;
      console.log(JSON.stringify(served));
    });
    const [, handle] = handlers.find(([end]) => host.endsWith(end))!;
    Promise.resolve(handle(request, response, served)).catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  };
}

const secure = createSecureServer({ ...tls, allowHTTP1: true });
// Its compatibility layer stands in for the classes of HTTP/1.
secure.on('request', answer(HANDLERS) as never);
const plain = createServer(answer([['', metadata]]));
const models = createServer(answer([['', LOCAL_MODELS]]));
await Promise.all([
  new Promise<void>((resolve) => secure.listen(443, '0.0.0.0', resolve)),
  new Promise<void>((resolve) => plain.listen(80, METADATA, resolve)),
  new Promise<void>((resolve) => models.listen(11434, '127.0.0.1', resolve)),
]);
console.log('ready');
process.stdin.resume().once('end', () => process.exit());

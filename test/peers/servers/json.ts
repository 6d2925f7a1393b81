import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export function json(response: ServerResponse, status: number, body: unknown): ServerResponse {
  response.writeHead(status, { 'content-type': 'application/json' });
  return response.end(JSON.stringify(body));
}

/** Null: none, or none that is JSON. */
export async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown> | null> {
  const body = await text(request);
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return null;
  }
}

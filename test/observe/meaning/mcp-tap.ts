/** Shows the exchanges that a fetch makes to a reader, as decoders of the wire would. */
import type { ExchangeReader, Item, OpenExchange, RequestHead } from '../../../src/observe/wire/types.ts';

const ENDING = { truncated: false, malformed: false, gap: false, cut: false };

export type Tap = { fetch: typeof fetch; heads: RequestHead[]; settled(): Promise<unknown> };

export function tap(open: OpenExchange): Tap {
  const heads: RequestHead[] = [];
  const running: Promise<unknown>[] = [];
  let clock = 0;
  const now = (): number => {
    clock += 1000;
    return clock;
  };
  const tapped = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Map(new Headers(init.headers));
    const target = url.pathname + url.search;
    const head: RequestHead = {
      version: '1.1',
      method: init.method ?? 'GET',
      authority: url.host,
      target,
      headers,
      at: now(),
    };
    heads.push(head);
    const reader = open(head);
    const body = new TextEncoder().encode(String(init.body ?? ''));
    if (body.length > 0) reader?.item('request', { t: 'body', bytes: body, truncated: false }, now());
    const response = await fetch(input, init).catch((error) => {
      reader?.end({ ...ENDING, cut: true, requestBytes: body.length, responseBytes: 0, at: now() });
      throw error;
    });
    reader?.response({ status: response.status, headers: new Map(response.headers), at: now() });
    if (!response.body || !reader) {
      reader?.end({ ...ENDING, requestBytes: body.length, responseBytes: 0, at: now() });
      return response;
    }
    const [own, theirs] = response.body.tee();
    const kind = response.headers.get('content-type') ?? '';
    running.push(show(reader, own, kind.includes('event-stream'), now));
    return new Response(theirs, response);
  };
  return { fetch: tapped as typeof fetch, heads, settled: () => Promise.all(running) };
}

async function show(
  reader: ExchangeReader,
  body: ReadableStream<Uint8Array>,
  events: boolean,
  now: () => number,
): Promise<void> {
  let text = '';
  let bytes = 0;
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      text += decoder.decode(chunk, { stream: true });
      if (!events) continue;
      const parts = text.split(/\r?\n\r?\n/);
      text = parts.pop()!;
      for (const part of parts) reader.item('response', event(part), now());
    }
  } catch {
    // The client broke the stream off.
  }
  if (!events && text !== '')
    reader.item('response', { t: 'body', bytes: new TextEncoder().encode(text), truncated: false }, now());
  reader.end({ ...ENDING, requestBytes: 0, responseBytes: bytes, at: now() });
}

export function event(block: string): Item {
  const field = (name: string): string[] =>
    block
      .split(/\r?\n/)
      .flatMap((line) =>
        line.startsWith(`${name}:`) ? [line.slice(name.length + 1).replace(/^ /, '')] : [],
      );
  return {
    t: 'sse',
    event: field('event')[0] ?? null,
    id: field('id')[0] ?? null,
    data: field('data').join('\n'),
  };
}

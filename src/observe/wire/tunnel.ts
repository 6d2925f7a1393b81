/** What an HTTP/1 connection becomes behind `101 Switching Protocols`. */
import type { Exchange } from './exchange.ts';
import { createHttp2 } from './http2.ts';
import type { WireLimits } from './limits.ts';
import type { Decoder, Duplex, OpenExchange, ResponseHead, Side } from './types.ts';
import { createWebsocket } from './websocket.ts';

export function isUpgradeTo({ status, headers }: ResponseHead, protocol: string): boolean {
  return status === 101 && headers.get('upgrade')?.toLowerCase() === protocol;
}

/** @returns null where nobody reads it, or its protocol is unknown. */
export function openTunnel(
  exchange: Exchange,
  head: ResponseHead,
  open: OpenExchange,
  limits: WireLimits,
): Duplex | null {
  // The answer to the request comes as stream 1 (RFC 7540 §3.2).
  if (isUpgradeTo(head, 'h2c')) return createHttp2(open, limits, { upgraded: exchange });
  if (!exchange.reader || !isUpgradeTo(head, 'websocket')) return null;
  const extensions = head.headers.get('sec-websocket-extensions') ?? '';
  return {
    client: websocketSide(exchange, 'request', extensions, limits),
    server: websocketSide(exchange, 'response', extensions, limits),
  };
}

function websocketSide(exchange: Exchange, side: Side, extensions: string, limits: WireLimits): Decoder {
  const websocket = createWebsocket((text, at) => exchange.reader?.item(side, { t: 'websocket', text }, at), {
    extensions,
    side: side === 'request' ? 'client' : 'server',
    max: limits.body,
    pool: limits.pool,
    broken: exchange.mark,
  });
  return {
    push(bytes, at) {
      exchange.count(side, bytes.length);
      websocket.push(bytes, at);
    },
    gap(bytes) {
      exchange.count(side, bytes);
      exchange.mark('gap');
      websocket.skip(bytes);
    },
    end: websocket.end,
  };
}

/** JSON-RPC out of the parts of a body. */
import type { Item } from '../../wire/types.ts';

/** The text of an item, if it can be JSON-RPC: a cheap look before anything is parsed. Null: it is not. */
export function textOf(item: Item): string | null {
  if (item.t === 'body') {
    const { buffer, byteOffset, byteLength } = item.bytes;
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    return bytes.includes('"jsonrpc"') ? bytes.toString() : null;
  }
  const text = item.t === 'sse' ? item.data : item.t === 'line' || item.t === 'websocket' ? item.text : '';
  return text.includes('"jsonrpc"') ? text : null;
}

/** What a ClientHello says in the clear (RFC 8446 §4.1.2): the server's name (RFC 6066 §3), and the protocols on offer. */

export type Hello = { serverName: string | null; protocols: readonly string[] };

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const ALPN = 16;
const MAX_EXTENSIONS = 128;

/** A cursor that reads nothing behind the end. */
function reader(bytes: Buffer) {
  let at = 0;
  return {
    left: () => bytes.length - at,
    skip: (size: number) => {
      at = Math.min(bytes.length, at + size);
    },
    u8: () => (at < bytes.length ? bytes[at++]! : 0),
    u16() {
      const value = at + 2 <= bytes.length ? bytes.readUInt16BE(at) : 0;
      at = Math.min(bytes.length, at + 2);
      return value;
    },
    take(size: number) {
      const part = bytes.subarray(at, Math.min(bytes.length, at + size));
      at += part.length;
      return part;
    },
  };
}

/** @param bytes of the connection's beginning; may be cut: what stands before the cut is read. Null: no ClientHello. */
export function readHello(bytes: Uint8Array): Hello | null {
  const input = reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  if (input.u8() !== HANDSHAKE) return null;
  input.skip(4);
  if (input.u8() !== CLIENT_HELLO) return null;
  input.skip(3 + 2 + 32);
  input.skip(input.u8());
  input.skip(input.u16());
  input.skip(input.u8());
  input.skip(2);
  const hello: { serverName: string | null; protocols: string[] } = { serverName: null, protocols: [] };
  for (let i = 0; i < MAX_EXTENSIONS && input.left() >= 4; i++) {
    const type = input.u16();
    const size = input.u16();
    const body = input.take(size);
    if (body.length < size) break;
    if (type === SERVER_NAME) hello.serverName = nameIn(body);
    if (type === ALPN) hello.protocols = protocolsIn(body);
  }
  return hello;
}

function nameIn(body: Buffer): string | null {
  const input = reader(body);
  input.skip(2);
  if (input.u8() !== 0) return null;
  const name = input.take(input.u16()).toString('latin1');
  return /^[A-Za-z0-9._-]{1,253}$/.test(name) ? name.toLowerCase() : null;
}

function protocolsIn(body: Buffer): string[] {
  const input = reader(body);
  input.skip(2);
  const names: string[] = [];
  while (input.left() > 0 && names.length < 16) names.push(input.take(input.u8()).toString('latin1'));
  return names;
}

/** What a ClientHello says in the clear (RFC 8446 §4.1.2): the server's name (RFC 6066 §3), and the protocols on offer. */

export type Hello = {
  /** Null: there is none, or it stands behind the cut. */
  serverName: string | null;
  protocols: readonly string[];
  /** The name is that of a front; the true one is encrypted (RFC 9849). */
  encrypted: boolean;
  /** Not captured to its end: what is missing here may have been there. */
  cut: boolean;
};

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const RECORD_HEAD = 5;
const MAX_RECORD = 1 << 14;
const MAX_HELLO = 1 << 16;

const SERVER_NAME = 0;
const ALPN = 16;
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;
const MAX_EXTENSIONS = 128;
const MAX_PROTOCOLS = 16;

/** A cursor that reads nothing behind the end. */
function reader(bytes: Buffer) {
  let at = 0;
  return {
    left: () => bytes.length - at,
    skip(size: number) {
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
  const message = handshakeIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  if (message === null || message.length < 4 || message[0] !== CLIENT_HELLO) return null;
  const size = message.readUIntBE(1, 3);
  if (size > MAX_HELLO) return null;
  const input = reader(message.subarray(4, 4 + size));
  input.skip(2 + 32);
  input.skip(input.u8());
  input.skip(input.u16());
  input.skip(input.u8());
  const hello = { serverName: null, protocols: [], encrypted: false, cut: message.length < 4 + size };
  // Without extensions it ends here.
  if (input.left() < 2) return hello;
  return readExtensions(reader(input.take(input.u16())), hello);
}

function readExtensions(input: ReturnType<typeof reader>, before: Hello): Hello {
  const hello = { ...before };
  for (let i = 0; i < MAX_EXTENSIONS && input.left() >= 4; i++) {
    const type = input.u16();
    const size = input.u16();
    const body = input.take(size);
    if (body.length < size) break;
    if (type === SERVER_NAME) hello.serverName = nameIn(body);
    else if (type === ALPN) hello.protocols = protocolsIn(body);
    else if (type === ENCRYPTED_CLIENT_HELLO) hello.encrypted = true;
  }
  return hello;
}

/** A message may be cut into records anywhere (§5.1). */
function handshakeIn(bytes: Buffer): Buffer | null {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const isHandshake = bytes[at] === HANDSHAKE && (at + 1 >= bytes.length || bytes[at + 1] === 3);
    if (!isHandshake && at === 0) return null;
    if (!isHandshake || at + RECORD_HEAD > bytes.length) break;
    const size = bytes.readUInt16BE(at + 3);
    if (size === 0 || size > MAX_RECORD) return null;
    parts.push(bytes.subarray(at + RECORD_HEAD, at + RECORD_HEAD + size));
    at += RECORD_HEAD + size;
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
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
  while (input.left() > 0 && names.length < MAX_PROTOCOLS)
    names.push(input.take(input.u8()).toString('latin1'));
  return names;
}

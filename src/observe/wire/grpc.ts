/** gRPC messages in an HTTP/2 body: a flag, a 4-byte length, the message. Source: grpc, PROTOCOL-HTTP2.md. */
import { decode } from './inflate.ts';

const PREFIX = 5;

/** @param coding of `grpc-encoding`, undone where a message says that it is compressed. */
export function createGrpc(message: (bytes: Uint8Array) => void, coding: readonly string[], max: number) {
  let held = Buffer.alloc(0);
  let skip = 0;
  return (bytes: Uint8Array): void => {
    held = held.length === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes]);
    for (;;) {
      const passed = Math.min(skip, held.length);
      held = held.subarray(passed);
      skip -= passed;
      if (skip > 0 || held.length < PREFIX) return;
      const size = held.readUInt32BE(1);
      if (size > max) {
        skip = PREFIX + size;
        continue;
      }
      if (held.length < PREFIX + size) return;
      const body = held.subarray(PREFIX, PREFIX + size);
      const compressed = held[0] === 1;
      held = held.subarray(PREFIX + size);
      const decoded = compressed ? decode(body, coding, max) : { bytes: body, malformed: false };
      if (!decoded.malformed) message(decoded.bytes);
    }
  };
}

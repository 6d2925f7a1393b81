/** gRPC messages in a body: a flag, a 4-byte length, the message. Source: grpc, PROTOCOL-HTTP2.md and PROTOCOL-WEB.md. */
import { decode } from './inflate.ts';
import type { Part, PartOptions } from './part.ts';
import { createRecords } from './records.ts';

const PREFIX = 5;
const COMPRESSED = 1;
/** gRPC-Web sends its trailers as a message. */
const TRAILERS = 0x80;

/** @param coding of `grpc-encoding`, undone where a message says that it is compressed. */
export function createGrpc(
  message: (bytes: Uint8Array) => void,
  coding: readonly string[],
  { max, pool, broken }: PartOptions,
): Part {
  function whole(record: Buffer, size: number): void {
    const flag = record[0]!;
    if (flag & TRAILERS) return;
    const body = record.subarray(PREFIX);
    const short = record.length < size;
    const decoded =
      flag & COMPRESSED ? decode(body, coding, max) : { bytes: body, truncated: false, malformed: false };
    // Of what is longer the beginning is of no use: fields of protobuf come in any order.
    if (short || decoded.truncated) broken('truncated');
    else if (decoded.malformed) broken('malformed');
    else message(Uint8Array.from(decoded.bytes));
  }
  const records = createRecords(whole, {
    measure(bytes) {
      if ((bytes[0]! & ~(COMPRESSED | TRAILERS)) !== 0) return -1;
      return bytes.length < PREFIX ? 0 : PREFIX + bytes.readUInt32BE(1);
    },
    head: PREFIX,
    max: PREFIX + max,
    pool,
  });
  return {
    push: (bytes) => void (records.push(bytes) || broken('malformed')),
    // Behind a hole of another size nobody knows where a message begins.
    skip: (bytes) => records.skip(bytes),
    end: records.restart,
  };
}

/** SVCB and HTTPS records (RFC 9460 §2.2): where a service is, and what it speaks. */
import { ipv4, ipv6 } from './dns-address.ts';
import { readName } from './dns-name.ts';

export type Service = {
  /** The name that serves it; empty: the one that was asked for. */
  value: string;
  hints: readonly string[];
  protocols: readonly string[];
};

const ALPN = 1;
const IPV4_HINT = 4;
const IPV6_HINT = 6;
const MAX_PARAMETERS = 32;
const MAX_VALUES = 16;

export function readService(input: Buffer, start: number, end: number): Service | null {
  const target = readName(input.subarray(0, end), start + 2);
  if (!target) return null;
  const hints: string[] = [];
  const protocols: string[] = [];
  let at = target.end;
  for (let i = 0; i < MAX_PARAMETERS && at + 4 <= end; i++) {
    const key = input.readUInt16BE(at);
    const size = input.readUInt16BE(at + 2);
    const value = input.subarray(at + 4, at + 4 + size);
    at += 4 + size;
    if (at > end) break;
    if (key === ALPN) protocols.push(...prefixed(value));
    else if (key === IPV4_HINT) hints.push(...slices(value, 4).map(ipv4));
    else if (key === IPV6_HINT) hints.push(...slices(value, 16).map(ipv6));
  }
  return { value: target.text, hints: hints.slice(0, MAX_VALUES), protocols: protocols.slice(0, MAX_VALUES) };
}

function slices(bytes: Buffer, size: number): Buffer[] {
  const count = Math.min(MAX_VALUES, Math.floor(bytes.length / size));
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** Texts, each behind a byte that says how long it is. */
function prefixed(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length && texts.length < MAX_VALUES; at += 1 + bytes[at]!)
    texts.push(bytes.toString('latin1', at + 1, at + 1 + bytes[at]!));
  return texts;
}

/** HMAC-SHA-256 under the estate key, a plain hash without one; 32 hex characters. */
import { createHmac, hash } from 'node:crypto';

export type KeyedHash = (text: string) => string;

/** The words of a prompt come with every call: what was hashed lately is looked up. */
const MAX_KNOWN = 20_000;
const MAX_LENGTH = 64;

export function createKeyedHash(key: Uint8Array | null): KeyedHash {
  const known = new Map<string, string>();
  const compute = (text: string) =>
    (key ? createHmac('sha256', key).update(text).digest('hex') : hash('sha256', text)).slice(0, 32);
  return (text) => {
    if (text.length > MAX_LENGTH) return compute(text);
    const found = known.get(text) ?? compute(text);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(text, found);
    return found;
  };
}

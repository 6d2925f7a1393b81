import type { WireOf } from '../../model/wire.ts';

const ID = /^[0-9a-f]{1,20}$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * A payload as its schema has it: nearly all records are some, and the schema takes as long for one as for reading it.
 * What is not recognised here may still be one: the schema decides.
 */
export function isPayload(value: unknown): value is WireOf<'payload'> {
  if (typeof value !== 'object' || value === null) return false;
  const { t, cg, pid, start, at, stream, dir, off, len, data } = value as Record<string, unknown>;
  return (
    t === 'payload' &&
    (dir === 'in' || dir === 'out') &&
    isId(cg) &&
    isId(start) &&
    isId(stream) &&
    Number.isSafeInteger(pid) &&
    isCount(at) &&
    isCount(off) &&
    isCount(len) &&
    typeof data === 'string' &&
    data.length % 4 === 0 &&
    BASE64.test(data)
  );
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && ID.test(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

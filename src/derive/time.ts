/** Latest time that ECMAScript can write (ECMA-262, 21.4.1.1), ms. */
const LAST = 8.64e15;

/** Epoch ms as ISO 8601 UTC; a time outside of what can be written is cut to the edge, not thrown at the reader. */
export function isoTime(ms: number): string {
  return new Date(Math.max(-LAST, Math.min(LAST, ms))).toISOString();
}

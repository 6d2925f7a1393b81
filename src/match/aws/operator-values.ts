/** Values of condition operators that are no text: numbers, dates, addresses. Null: not one. */
import { cidrContains, parseAddress } from '../cidr.ts';

export function numberOf(text: string): number | null {
  return /^\s*[+-]?\d{1,300}(\.\d{1,300})?\s*$/.test(text) ? Number(text) : null;
}

const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** W3C profile of ISO 8601, or seconds since the epoch; milliseconds. A date without a zone is UTC. */
export function dateOf(text: string): number | null {
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  if (!DATE.test(text)) return null;
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`;
  const time = Date.parse(zoned);
  return Number.isNaN(time) ? null : time;
}

/** `block`: an address or a CIDR. */
export function inBlock(block: string, address: string): boolean {
  if (block.includes('/')) return cidrContains(block, address);
  const one = parseAddress(block);
  const other = parseAddress(address);
  return one !== null && other !== null && one.toString() === other.toString();
}

/** Where a request goes: host and path of a head, without what may be secret (query values, user info). */
import type { RequestHead } from '../wire/types.ts';

export type Place = {
  /** Host, and the port unless it is the scheme's own; lower case. `unknown-host` where there is none to be had. */
  authority: string;
  /** Without port. */
  host: string;
  /** Percent-decoded, without query, cut at 4,096 characters. */
  path: string;
  /** Of the path before decoding, so that an encoded slash divides nothing; decoded each. */
  segments: readonly string[];
  readonly query: URLSearchParams;
};

const MAX_TARGET = 4_096;
const AUTHORITY = /^(?:[a-z0-9_](?:[a-z0-9._-]{0,252})|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/;

export function cleanAuthority(authority: string): string {
  const plain = authority.slice(authority.lastIndexOf('@') + 1).toLowerCase();
  return AUTHORITY.test(plain) ? plain.replace(/\.?:(?:80|443)$|\.$/, '') : 'unknown-host';
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Absolute form (RFC 9112 §3.2.2) is what a proxy is sent; its authority is the one that counts. */
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

/** Every reader asks it of the same head. */
const known = new WeakMap<object, Place>();

export function placeOf(head: Pick<RequestHead, 'authority' | 'target'>): Place {
  const found = known.get(head);
  if (found) return found;
  const place = readPlace(head);
  known.set(head, place);
  return place;
}

function readPlace({ authority, target }: Pick<RequestHead, 'authority' | 'target'>): Place {
  const seen = target.slice(0, MAX_TARGET);
  const absolute = ABSOLUTE.exec(seen);
  const rest = absolute ? seen.slice(absolute[0].length) : seen;
  const clean = cleanAuthority(absolute?.[1] ?? authority);
  const question = rest.search(/[?#]/);
  const raw = question < 0 ? rest : rest.slice(0, question);
  const segments = raw.split('/').map(decode);
  if (segments[0] === '') segments.shift();
  return {
    authority: clean,
    host: clean.replace(/:\d+$/, ''),
    path: `/${segments.join('/')}`,
    segments,
    query: new URLSearchParams(question < 0 ? '' : rest.slice(question + 1)),
  };
}

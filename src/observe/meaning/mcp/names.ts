/** Names that strangers chose, made safe to keep, to show and to compare. */
import { createHash } from 'node:crypto';

const LONGEST = 200;

/** Controls, invisible and bidirectional marks, line separators, private use, halves of surrogate pairs. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** A name as people can see it: what does not show is written `\u{200b}`. Cut at 200 characters, then told apart by a hash. */
export function visible(name: string): string {
  const cut = name.length > LONGEST ? `${name.slice(0, LONGEST)}…${short(name)}` : name;
  return cut.replace(INVISIBLE, (mark) => `\\u{${mark.codePointAt(0)!.toString(16)}}`);
}

function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

const KEY = /^[A-Za-z_$@][A-Za-z0-9_$.:-]{0,47}$/;
/** How vendors' keys and tokens begin. */
const TOKEN =
  /^(?:sk|pk|rk|ghp|gho|ghs|ghu|glpat|xox[abprs]|hf|npm|pypi|dop|shpat|AKIA|ASIA|AIza|eyJ|ya29)[-_A-Za-z0-9.]{8,}$/;
const ID = /[0-9a-f]{8,}/i;

/** In file names, which carry dates and build numbers: a vendor's key, or long and random. */
export function isRandom(text: string): boolean {
  if (TOKEN.test(text) && /\d|[a-z][A-Z]/.test(text)) return true;
  if (text.length >= 16 && /[0-9a-f-]{16,}/i.test(text) && digits(text) >= 4) return true;
  const turns = text.match(/[A-Za-z]\d|\d[A-Za-z]|[a-z][A-Z]|[A-Z]{2}[a-z]/g)?.length ?? 0;
  return text.length >= 16 && turns > text.length / 4;
}

/** A value in the place of a name: also an id, a number, part of a hash. */
export function looksSecret(text: string): boolean {
  return isRandom(text) || digits(text) >= 5 || (digits(text) >= 2 && ID.test(text));
}

function digits(text: string): number {
  return text.match(/\d/g)?.length ?? 0;
}

/** The key of an argument: an identifier stays, anything else (an address, a path, an id used as a key) is `*`. */
export function keyName(key: string): string {
  return KEY.test(key) && !looksSecret(key) ? key : '*';
}

/** A short word of a protocol (`text`, `resource_link`), else null. */
export function word(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Za-z][\w./:-]{0,63}$/.test(value) && !looksSecret(value)
    ? value
    : null;
}

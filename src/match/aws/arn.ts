/**
 * ARN patterns: each of the first five parts is matched by itself, so that a wildcard there crosses no colon; the
 * resource is one part, colons and all. Missing parts are `*` (IAM User Guide, "Resource": `arn:aws:sqs` is
 * `arn:aws:sqs:*:*:*`). ARNs are compared with their case.
 */
import type { Ternary } from '../ternary.ts';
import { compileGlob, type Glob, globMatches, isEverything, mayMeet } from './glob.ts';

const PARTS = 6;
export type ArnText = {
  text: string;
  /** Starts of the parts; fewer than six: no ARN. */
  starts: readonly number[];
  /** Stands for every text that fits: the resource of a question, or what an observation could not tell. */
  pattern: boolean;
};
export type ArnPattern = { everything: boolean; parts: readonly Glob[]; whole: Glob };

/** `wild`: whether `*` in it stands for anything, as in resources that are asked about. */
export function parseArn(text: string, wild: boolean): ArnText {
  const starts = [0];
  for (let i = text.indexOf(':'); i >= 0 && starts.length < PARTS; i = text.indexOf(':', i + 1))
    starts.push(i + 1);
  return { text, starts, pattern: wild && text.includes('*') };
}

/** Part 4 is the account; null: it has none. */
export function partOf({ text, starts }: ArnText, index: number): string | null {
  if (!text.startsWith('arn:') || starts.length < PARTS) return null;
  const end = index === PARTS - 1 ? text.length : starts[index + 1]! - 1;
  return text.slice(starts[index]!, end) || null;
}

export function compileArn(pattern: string): ArnPattern {
  const { starts } = parseArn(pattern, false);
  const parts = starts.map((start, i) =>
    compileGlob(pattern.slice(start, i === starts.length - 1 ? undefined : starts[i + 1]! - 1)),
  );
  while (pattern.startsWith('arn:') && parts.length < PARTS) parts.push(compileGlob('*'));
  const whole = compileGlob(pattern);
  return { everything: isEverything(whole), parts, whole };
}

/** `unknown`: the text is a pattern of which only a part can match. */
export function arnMatches(pattern: ArnPattern, arn: ArnText): Ternary {
  if (pattern.everything) return 'yes';
  if (covers(pattern, arn)) return 'yes';
  if (!arn.pattern) return 'no';
  return overlaps(pattern, arn) ? 'unknown' : 'no';
}

function covers({ parts, whole }: ArnPattern, { text, starts }: ArnText): boolean {
  if (parts.length < PARTS || starts.length < PARTS) return globMatches(whole, text);
  for (let i = PARTS - 1; i >= 0; i--) {
    const end = i === PARTS - 1 ? text.length : starts[i + 1]! - 1;
    if (!globMatches(parts[i]!, text, starts[i]!, end)) return false;
  }
  return true;
}

function overlaps({ parts, whole }: ArnPattern, { text, starts }: ArnText): boolean {
  if (parts.length < PARTS || starts.length < PARTS) return mayMeet(whole, text);
  return parts.every((part, i) =>
    mayMeet(part, text.slice(starts[i]!, i === PARTS - 1 ? undefined : starts[i + 1]! - 1)),
  );
}

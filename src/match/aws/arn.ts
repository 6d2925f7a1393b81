/**
 * ARN patterns: each of the first five parts is matched by itself, so that a wildcard there crosses no colon; the
 * resource is one part, colons and all. Missing parts are `*` (IAM User Guide, "Resource": `arn:aws:sqs` is
 * `arn:aws:sqs:*:*:*`). ARNs are compared with their case.
 */
import type { Ternary } from '../ternary.ts';
import { compileGlob, type Glob, globMatches, isEverything, mayMeet } from './glob.ts';

export const PARTS = 6;
export type ArnText = {
  text: string;
  /** Starts of the parts; fewer than six: no ARN. */
  starts: readonly number[];
  /** Stands for every text that fits: the resource of a question, or what an observation could not tell. */
  pattern: boolean;
};
export type ArnPattern = {
  everything: boolean;
  /** Of all six, or of what is no ARN the whole. */
  parts: readonly Glob[];
};

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
  if (!pattern.startsWith('arn:')) {
    const whole = compileGlob(pattern);
    return { everything: isEverything(whole), parts: [whole] };
  }
  const parts = starts.map((start, i) =>
    compileGlob(pattern.slice(start, i === starts.length - 1 ? undefined : starts[i + 1]! - 1)),
  );
  return { everything: false, parts: [...parts, ...Array<Glob>(PARTS - parts.length).fill(ANYTHING)] };
}

const ANYTHING = compileGlob('*');

/** `unknown`: the text is a pattern of which only a part can match. */
export function arnMatches(pattern: ArnPattern, arn: ArnText): Ternary {
  if (pattern.everything || covers(pattern, arn)) return 'yes';
  return arn.pattern && overlaps(pattern, arn) ? 'unknown' : 'no';
}

/** What is no ARN is matched whole, and no ARN of a policy matches it. */
function covers({ parts }: ArnPattern, arn: ArnText): boolean {
  const { text, starts } = arn;
  if (parts.length < PARTS) return globMatches(parts[0]!, text);
  if (starts.length < PARTS) return false;
  for (let i = PARTS - 1; i >= 0; i--)
    if (!globMatches(parts[i]!, text, starts[i]!, endOf(arn, i))) return false;
  return true;
}

/** Of a part (exclusive). */
export function endOf({ text, starts }: ArnText, index: number): number {
  return index === PARTS - 1 ? text.length : starts[index + 1]! - 1;
}

function overlaps({ parts }: ArnPattern, arn: ArnText): boolean {
  if (parts.length < PARTS) return mayMeet(parts[0]!, arn.text);
  if (arn.starts.length < PARTS) return mayMeet(parts[0]!, arn.text.split(':', 1)[0]!);
  return parts.every((part, i) => mayMeet(part, arn.text.slice(arn.starts[i]!, endOf(arn, i))));
}

/** Three-valued results that keep what made them, and what would have to hold. */
import type { Ternary } from '../ternary.ts';
import type { Found } from './policy.ts';

export type Need =
  /** The statement's open parts hold; of a deny: they do not. */
  | { type: 'statement'; found: Found; deny: boolean }
  /** What was not read. `grants`: the access itself would come from it, so that nothing can be told. */
  | { type: 'unread'; text: string; grants: boolean }
  | { type: 'either'; of: readonly (readonly Need[])[] };

export type Outcome = {
  value: Ternary;
  /** Statements that allow, or may. */
  by: readonly Found[];
  /** All of them, for `unknown` to become `yes`. */
  needs: readonly Need[];
  /** For `no`. */
  why: string;
};

export const GRANTED: Outcome = { value: 'yes', by: [], needs: [], why: '' };

export function refused(why: string): Outcome {
  return { value: 'no', by: [], needs: [], why };
}

export function unread(text: string, grants: boolean): Outcome {
  return { value: 'unknown', by: [], needs: [{ type: 'unread', text, grants }], why: '' };
}

export function allOf(outcomes: readonly Outcome[]): Outcome {
  const no = outcomes.find((one) => one.value === 'no');
  if (no) return no;
  const open = outcomes.filter((one) => one.value === 'unknown');
  const by = outcomes.flatMap((one) => one.by);
  return {
    value: open.length > 0 ? 'unknown' : 'yes',
    by,
    needs: open.flatMap((one) => one.needs),
    why: '',
  };
}

/** The first that holds; else every one that may; else the one that tells best why not. */
export function anyOf(outcomes: readonly Outcome[], otherwise = outcomes[0]): Outcome {
  const yes = outcomes.find((one) => one.value === 'yes');
  if (yes) return yes;
  const open = outcomes.filter((one) => one.value === 'unknown');
  if (open.length === 0) return otherwise ?? refused('nothing allows it');
  if (open.length === 1) return open[0]!;
  const of = open.flatMap(alternatives);
  return { value: 'unknown', by: open.flatMap((one) => one.by), needs: [{ type: 'either', of }], why: '' };
}

function alternatives({ needs }: Outcome): (readonly Need[])[] {
  const [only] = needs;
  return needs.length === 1 && only!.type === 'either' ? [...only!.of] : [needs];
}

/** Whether nothing that was read would grant it: then there is nothing to be conditional on. */
export function restsOnUnread(needs: readonly Need[]): boolean {
  return needs.some((need) =>
    need.type === 'either' ? need.of.every(restsOnUnread) : need.type === 'unread' && need.grants,
  );
}

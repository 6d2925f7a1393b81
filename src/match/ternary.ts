/** Kleene's three-valued logic: what is not known stays unknown, unless the answer does not depend on it. */
import type { Ternary } from '../model/ledger.ts';

export type { Ternary };

export function known(value: boolean): Ternary {
  return value ? 'yes' : 'no';
}

export function both(a: Ternary, b: Ternary): Ternary {
  if (a === 'no' || b === 'no') return 'no';
  return a === 'yes' && b === 'yes' ? 'yes' : 'unknown';
}

/** `yes` at the first yes, so a later unknown cannot weaken it. */
export function any<T>(items: readonly T[], test: (item: T) => Ternary): Ternary {
  let result: Ternary = 'no';
  for (const item of items) {
    const answer = test(item);
    if (answer === 'yes') return 'yes';
    if (answer === 'unknown') result = 'unknown';
  }
  return result;
}

export function every<T>(items: readonly T[], test: (item: T) => Ternary): Ternary {
  let result: Ternary = 'yes';
  for (const item of items) {
    result = both(result, test(item));
    if (result === 'no') return 'no';
  }
  return result;
}

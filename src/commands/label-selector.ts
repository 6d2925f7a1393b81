import { UserError } from '../errors.ts';
import { parseSelector } from '../match/selector-text.ts';
import type { LabelSelector } from '../model/kubernetes.ts';

/**
 * The `-l` of both commands. Null: not given.
 *
 * @throws UserError naming the part that is not understood.
 */
export function parseLabelSelector(text: string | undefined): LabelSelector | null {
  if (text === undefined) return null;
  const parsed = parseSelector(text);
  if ('selector' in parsed) return parsed.selector;
  throw new UserError(`-l: "${parsed.refused}" is no label requirement`, {
    hint: 'expected as in kubectl: key=value, key!=value, key in (a,b), key notin (a,b), key, !key',
  });
}

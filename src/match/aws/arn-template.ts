/** ARN patterns with policy variables, which are matched part by part too: a wildcard beside one crosses no colon. */
import { every, type Ternary } from '../ternary.ts';
import { type ArnText, endOf, PARTS } from './arn.ts';
import type { Lookup } from './context.ts';
import { globMatches, mayMeet } from './glob.ts';
import { compileTemplate, fill, type Template } from './variables.ts';

/** Of all six parts, or of what is no ARN the whole. */
export type ArnTemplate = readonly Template[];
const ANYTHING = compileTemplate('*');

/** Missing parts are `*`, as those of other patterns. */
export function compileArnTemplate(text: string): ArnTemplate {
  if (!text.startsWith('arn:')) return [compileTemplate(text)];
  const parts = partsOf(text).map(compileTemplate);
  return [...parts, ...Array<Template>(PARTS - parts.length).fill(ANYTHING)];
}

/** Colons within a variable divide nothing. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  const last = text.lastIndexOf('}');
  for (let i = 0; i < text.length && parts.length < PARTS - 1; i++) {
    if (i < last && text.startsWith('${', i)) i = text.indexOf('}', i);
    if (text[i] !== ':') continue;
    parts.push(text.slice(start, i));
    start = i + 1;
  }
  return [...parts, text.slice(start)];
}

/** `unknown`: a variable is not known, or the text is a pattern of which only a part can match. */
export function arnTemplateMatches(template: ArnTemplate, arn: ArnText, lookup: Lookup): Ternary {
  const { text, starts } = arn;
  if (template.length < PARTS) return partMatches(template[0]!, arn, 0, text.length, lookup);
  if (starts.length < PARTS) return 'no';
  return every([...template.keys()], (i) =>
    partMatches(template[i]!, arn, starts[i]!, endOf(arn, i), lookup),
  );
}

function partMatches(part: Template, arn: ArnText, start: number, end: number, lookup: Lookup): Ternary {
  const filled = fill(part, lookup, true);
  if (filled === null) return 'no';
  if (globMatches(filled.glob, arn.text, start, end)) return filled.open ? 'unknown' : 'yes';
  return arn.pattern && mayMeet(filled.glob, arn.text.slice(start, end)) ? 'unknown' : 'no';
}

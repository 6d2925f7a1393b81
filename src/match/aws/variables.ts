/**
 * Policy variables (IAM User Guide, "Policy variables and tags"): `${key}`, `${key, 'default'}`, and `${*}`, `${?}`,
 * `${$}` for the characters themselves. What a variable brings is literal, so that no tag can bring a wildcard.
 */
import type { Lookup } from './context.ts';
import { type Glob, globOf, type Part } from './glob.ts';

type Variable = { key: string; otherwise: string | null };
type Token = Part | Variable;
export type Template = { text: string; tokens: readonly Token[] };
/** `open`: a variable was not known, and the glob says what holds for each of its values. Null: it is absent. */
export type Filled = { glob: Glob; open: boolean } | null;

export function hasVariables(text: string): boolean {
  return text.includes('${');
}

/** An unclosed `${` is text. */
export function compileTemplate(text: string): Template {
  const tokens: Token[] = [];
  let place = 0;
  while (place < text.length) {
    const start = text.indexOf('${', place);
    const end = start < 0 ? -1 : text.indexOf('}', start);
    if (end < 0) break;
    tokens.push({ text: text.slice(place, start), wild: true }, variable(text.slice(start + 2, end)));
    place = end + 1;
  }
  tokens.push({ text: text.slice(place), wild: true });
  return { text, tokens };
}

function variable(text: string): Token {
  if (text === '*' || text === '?' || text === '$') return { text, wild: false };
  const comma = text.indexOf(',');
  const key = (comma < 0 ? text : text.slice(0, comma)).trim().toLowerCase();
  const rest = comma < 0 ? '' : text.slice(comma + 1).trim();
  const quoted = rest.length >= 2 && rest.startsWith("'") && rest.endsWith("'");
  return { key, otherwise: quoted ? rest.slice(1, -1) : null };
}

/** `wildcards`: whether `*` and `?` of the pattern's own text stand for anything. */
export function fill({ tokens }: Template, lookup: Lookup, wildcards: boolean): Filled {
  const parts: Part[] = [];
  let open = false;
  for (const token of tokens) {
    if ('text' in token) parts.push({ text: token.text, wild: wildcards && token.wild });
    else {
      const value = variableValue(token, lookup);
      if (value === undefined) return null;
      open ||= value === null;
      parts.push(value === null ? { text: '*', wild: true } : { text: value, wild: false });
    }
  }
  return { glob: globOf(parts), open };
}

/** Undefined: it has none; null: not known. Keys with several values cannot be variables. */
function variableValue(token: Variable, lookup: Lookup): string | null | undefined {
  const values = lookup(token.key);
  if (values === null) return null;
  if (values.length === 0) return token.otherwise ?? undefined;
  return values.length === 1 ? values[0] : undefined;
}

/**
 * The pattern as text that others can match, with what is known put in. `open`: a star stands for what is not. Null: it
 * matches nothing. A wildcard that is meant as itself becomes `?`, which is the nearest that text can say.
 */
export function expand(text: string, lookup: Lookup): { text: string; open: boolean } | null {
  if (!hasVariables(text)) return { text, open: false };
  let open = false;
  let result = '';
  for (const token of compileTemplate(text).tokens) {
    const value = 'text' in token ? token.text : variableValue(token, lookup);
    if (value === undefined) return null;
    open ||= value === null;
    const literal = !('text' in token) || !token.wild;
    result += literal ? (value?.replace(/[*?]/g, '?') ?? '*') : value;
  }
  return { text: result, open };
}

/**
 * Policy variables (IAM User Guide, "Policy variables and tags"): `${key}`, `${key, 'default'}`, and `${*}`, `${?}`,
 * `${$}` for the characters themselves. What a variable brings is literal, so that no tag can bring a wildcard.
 */
import type { Lookup } from './context.ts';
import { ANY_ONE, ANY_RUN, codesOf, type Glob, globOf } from './glob.ts';

type Token = { codes: readonly number[] } | { key: string; otherwise: string | null };
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
    tokens.push({ codes: codesOf(text.slice(place, start)) }, variable(text.slice(start + 2, end)));
    place = end + 1;
  }
  tokens.push({ codes: codesOf(text.slice(place)) });
  return { text, tokens };
}

function variable(text: string): Token {
  if (text === '*' || text === '?' || text === '$') return { codes: [text.charCodeAt(0)] };
  const comma = text.indexOf(',');
  const key = (comma < 0 ? text : text.slice(0, comma)).trim().toLowerCase();
  const rest = comma < 0 ? '' : text.slice(comma + 1).trim();
  const quoted = rest.length >= 2 && rest.startsWith("'") && rest.endsWith("'");
  return { key, otherwise: quoted ? rest.slice(1, -1) : null };
}

/** `wildcards`: whether `*` and `?` of the pattern's own text stand for anything. */
export function fill({ tokens }: Template, lookup: Lookup, wildcards: boolean): Filled {
  const codes: number[] = [];
  let open = false;
  for (const token of tokens) {
    if ('codes' in token) for (const code of token.codes) codes.push(wildcards ? code : literal(code));
    else {
      const value = variableValue(token, lookup);
      if (value === undefined) return null;
      open ||= value === null;
      if (value === null) codes.push(ANY_RUN);
      else for (let i = 0; i < value.length; i++) codes.push(value.charCodeAt(i));
    }
  }
  return { glob: globOf(codes), open };
}

function literal(code: number): number {
  if (code === ANY_RUN) return 42;
  return code === ANY_ONE ? 63 : code;
}

/** Undefined: it has none; null: not known. Keys with several values cannot be variables. */
function variableValue(
  token: { key: string; otherwise: string | null },
  lookup: Lookup,
): string | null | undefined {
  const values = lookup(token.key);
  if (values === null) return null;
  if (values.length === 0) return token.otherwise ?? undefined;
  return values.length === 1 ? values[0] : undefined;
}

/** SQL cut into tokens, in linear time, for PostgreSQL (§4.1 Lexical Structure) and MySQL (§11.1, 11.2). */
import { identifier } from './statement.ts';

export type Dialect = {
  protocol: 'postgres' | 'mysql';
  /** A backslash escapes in '…': MySQL without NO_BACKSLASH_ESCAPES, PostgreSQL without standard_conforming_strings. */
  backslash: boolean;
};

export type Token = {
  /** `word`: unquoted; `name`: quoted; `literal`: no text of it is kept. */
  t: 'word' | 'name' | 'symbol' | 'literal' | 'end';
  /** As an identifier. */
  text: string;
  /** Of words, in upper case. */
  word: string;
};

const SPACE = /[\s\0]+/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
/** E'…', N'…', B'…', X'…', _utf8mb4'…' */
const PREFIX = /^(?:[enbx]|_\w{2,20})$/i;
const NUMBER = /\.?\d[\w.]*/y;
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
/** MySQL runs what stands in one: `/*!40101 SET … *\/`. */
const EXECUTABLE = /\/\*M?!\d*/y;

const END: Token = { t: 'end', text: '', word: '' };
const LITERAL: Token = { t: 'literal', text: '', word: '' };

/** @returns the next token each time it is called, `end` for ever after. */
export function tokenizer(sql: string, { protocol, backslash }: Dialect): () => Token {
  const mysql = protocol === 'mysql';
  let at = 0;
  let executable = false;

  function match(pattern: RegExp): string | null {
    pattern.lastIndex = at;
    const found = pattern.exec(sql)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  }
  /** Space and comments. */
  function skip(): void {
    for (;;) {
      const before = at;
      match(SPACE);
      if (mysql && match(EXECUTABLE) !== null) executable = true;
      else if (executable && sql.startsWith('*/', at)) {
        executable = false;
        at += 2;
      } else if (sql.startsWith('/*', at)) at = afterComment(sql, at + 2, !mysql);
      else if (lineComment()) at = indexAfter(sql, '\n', at);
      if (at === before) return;
    }
  }
  function lineComment(): boolean {
    if (mysql && sql[at] === '#') return true;
    return sql.startsWith('--', at) && (!mysql || at + 2 >= sql.length || /[\s\p{Cc}]/u.test(sql[at + 2]!));
  }
  function quoted(quote: string, escapes: boolean): string {
    const from = at + 1;
    at = afterQuote(sql, from, quote, escapes);
    const inside = sql.slice(from, Math.min(at - 1, from + 512));
    return identifier(inside.replaceAll(quote + quote, quote));
  }
  function word(text: string): Token {
    const next = sql[at];
    if (next === "'" && PREFIX.test(text)) {
      quoted("'", mysql ? backslash : backslash || /^e$/i.test(text));
      return LITERAL;
    }
    if (!mysql && next === '&' && /^u$/i.test(text) && /['"]/.test(sql[at + 1] ?? '')) {
      at += 1;
      return quotedToken(sql[at]!);
    }
    return { t: 'word', text: identifier(mysql ? text : text.toLowerCase()), word: text.toUpperCase() };
  }
  function quotedToken(quote: string): Token {
    // A string in MySQL's default mode; what might be a literal is one.
    if (quote === '`' || (quote === '"' && !mysql))
      return { t: 'name', text: quoted(quote, false), word: '' };
    quoted(quote, backslash);
    return LITERAL;
  }
  function dollar(): Token {
    const tag = mysql ? null : match(DOLLAR);
    if (tag === null) at += 1;
    else at = indexAfter(sql, tag, at);
    return LITERAL;
  }
  return () => {
    skip();
    const char = sql[at];
    if (char === undefined) return END;
    if (char === "'" || char === '"' || (mysql && char === '`')) return quotedToken(char);
    if (char === '$') return dollar();
    const text = match(WORD);
    if (text !== null) return word(text);
    if (match(NUMBER) !== null) return LITERAL;
    at += 1;
    return { t: 'symbol', text: char, word: char };
  };
}

function indexAfter(sql: string, text: string, from: number): number {
  const found = sql.indexOf(text, from);
  return found < 0 ? sql.length : found + text.length;
}

function afterQuote(sql: string, from: number, quote: string, escapes: boolean): number {
  for (let at = from; at < sql.length; at++) {
    if (escapes && sql[at] === '\\') at += 1;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  // As if it ended there: what is cut is no shorter for it.
  return sql.length + 1;
}

function afterComment(sql: string, from: number, nests: boolean): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  for (let depth = 1; ; ) {
    const found = edge.exec(sql);
    if (!found) return sql.length;
    if (found[0] === '*/') depth -= 1;
    else if (nests) depth += 1;
    if (depth === 0) return edge.lastIndex;
  }
}

/**
 * What a statement does, and to which tables: one pass over its tokens, tolerant of what it does not know, bounded in
 * depth. No literal is ever looked at.
 */
import { closedIn, createScope, openScope, type Scope } from './sql-scope.ts';
import { type Dialect, type Token, tokenizer } from './sql-tokens.ts';
import {
  BEFORE_LISTED,
  BEFORE_TABLE,
  BODIES,
  DIRECT,
  ENDS_LIST,
  LISTS,
  NO_TABLE,
  OBJECT,
  ON_TABLE,
  OTHER_OBJECTS,
  ROWS,
  VERBS,
} from './sql-words.ts';
import { owned } from './statement.ts';

export type Shape = {
  verb: string;
  tables: readonly string[];
  /** Deeper, or with more tables than is looked at, or a literal where a table's name should be. */
  truncated: boolean;
  /** The database that `USE` names. */
  use: string | null;
};

/** Of a statement whose text was not seen. */
export const UNKNOWN: Shape = { verb: 'OTHER', tables: [], truncated: true, use: null };
/** No statement: what a refused log-in is told as. */
export const LOG_IN: Shape = { verb: 'CONNECT', tables: [], truncated: false, use: null };

type Cursor = { token: Token; ahead: Token; advance(): void };

const MAX_DEPTH = 200;
const MAX_TABLES = 32;
const MAX_STATEMENTS = 256;

/** @returns one shape for each statement of a text that is not empty. */
export function shapesOf(sql: string, dialect: Dialect): Shape[] {
  const next = tokenizer(sql, dialect);
  const cursor: Cursor = {
    token: next(),
    ahead: next(),
    advance() {
      cursor.token = cursor.ahead;
      cursor.ahead = next();
    },
  };
  const shapes: Shape[] = [];
  for (; cursor.token.t !== 'end' && shapes.length < MAX_STATEMENTS; cursor.advance())
    if (!symbol(cursor.token, ';')) shapes.push(shapeOf(cursor, dialect.protocol === 'postgres'));
  return shapes;
}

const symbol = ({ t, text }: Token, is: string): boolean => t === 'symbol' && text === is;
const named = ({ t }: Token): boolean => t === 'word' || t === 'name';

/** Reads up to the semicolon, or the end. */
function shapeOf(cursor: Cursor, postgres: boolean): Shape {
  const tables = new Set<string>();
  const shape = { verb: '', truncated: false, use: null as string | null };
  let top = createScope({ main: true });
  const scopes: Scope[] = [top];
  /** The two words before, the latest first. */
  let before = ['', ''];
  let deeper = 0;
  /** What kind of object a definition is about. */
  let kind: string | null = null;

  function advance(): void {
    before = [cursor.token.word, before[0]!];
    cursor.advance();
  }
  function found(name: string, qualified: boolean): void {
    if (!qualified && scopes.some(({ known }) => known.has(name.toLowerCase()))) return;
    if (tables.size < MAX_TABLES) tables.add(owned(name));
    else if (!tables.has(name)) shape.truncated = true;
  }
  /** `a.b.c`. A function's name is none of a table, nor is `db.*`. */
  function table(): void {
    const parts = [cursor.token.text];
    while (symbol(cursor.ahead, '.')) {
      advance();
      if (!named(cursor.ahead)) return;
      advance();
      if (parts.length < 4) parts.push(cursor.token.text);
    }
    const called = symbol(cursor.ahead, '(') && top.query && top.list;
    if (!called) found(parts.join('.'), parts.length > 1);
  }
  function expectTable(list: boolean): void {
    top.mode = 'table';
    top.list = list;
  }
  function begin(word: string): void {
    top.mode = 'rest';
    top.verb = word === 'TABLE' || word === 'VALUES' ? 'SELECT' : word;
    if (top.main && shape.verb === '') shape.verb = VERBS.has(word) ? top.verb : 'OTHER';
    if (ROWS.has(word)) {
      top.query = !/^(?:INSERT|REPLACE|VALUES|TABLE)$/.test(word);
      if (word === 'UPDATE') expectTable(true);
      else if (/^(?:TABLE|INSERT|REPLACE|MERGE)$/.test(word)) expectTable(false);
    } else if (word === 'EXPLAIN') top.mode = 'start';
    else if (DIRECT.has(word) || word === 'COPY') expectTable(LISTS.has(word));
    else if (OBJECT.has(word)) top.mode = 'object';
    else if (!/^(?:DECLARE|PREPARE|GRANT|REVOKE)$/.test(word)) top.mode = 'none';
    if (word === 'USE' && named(cursor.ahead)) shape.use = owned(cursor.ahead.text);
  }
  function start({ t, word }: Token): void {
    const explained = shape.verb === 'EXPLAIN' && top.main;
    const opens = ROWS.has(word) && !(/^(?:REPLACE|INSERT)$/.test(word) && symbol(cursor.ahead, '('));
    if (t === 'word' && word === 'WITH') withNames();
    else if (explained) opens && begin(word);
    else if (t === 'word' && ((top.main && top.verb === null) || opens)) begin(word);
    else if (top.joins && t !== 'symbol') {
      top.query = true;
      expectTable(true);
      tableOrNot(cursor.token);
    } else {
      top.mode = 'rest';
      rest(cursor.token);
    }
  }
  function withNames(): void {
    const recursive = cursor.ahead.word === 'RECURSIVE';
    Object.assign(top, { mode: 'with', naming: null, body: 'none', recursive });
    if (recursive) advance();
  }
  function names(token: Token): void {
    if (symbol(token, ',')) Object.assign(top, { naming: null, body: 'none' });
    else if (top.naming === null && named(token)) {
      top.naming = token.text;
      if (top.recursive) top.known.add(token.text.toLowerCase());
    } else if (token.word === 'AS' && top.body === 'none') top.body = 'next';
    else if (top.body === 'over' && ROWS.has(token.word)) begin(token.word);
  }
  function tableOrNot(token: Token): void {
    const { t, word } = token;
    const before = top.query && top.list ? BEFORE_LISTED : BEFORE_TABLE;
    if ((t === 'word' && before.has(word)) || symbol(token, '{')) return;
    top.mode = 'rest';
    if (t === 'word' && NO_TABLE.has(word)) rest(token);
    else if (named(token)) table();
    else if (t === 'literal') shape.truncated = true;
  }
  function object({ t, word }: Token): void {
    if (t !== 'word') return;
    if (/^(?:TABLES?|VIEW)$/.test(word)) expectTable(LISTS.has(top.verb!));
    else if (word === 'ON' && kind !== null) expectTable(false);
    else if (kind === null && ON_TABLE.has(word)) kind = word;
    else if (kind === null && OTHER_OBJECTS.has(word)) {
      kind = word;
      top.mode = 'none';
    }
  }
  function rest(token: Token): void {
    if (symbol(token, ',') && top.list) top.mode = 'table';
    if (token.t !== 'word') return;
    const { word } = token;
    const [last = '', earlier = ''] = before;
    if (ENDS_LIST.has(word)) top.list = false;
    if (top.verb === 'GRANT' || top.verb === 'REVOKE') granted(word);
    else if (word === 'SELECT') top.query = true;
    else if (word === 'FROM') {
      const compares = last === 'DISTINCT' && /^(?:IS|NOT)$/.test(earlier);
      if (top.query && !compares) expectTable(true);
    } else if (/^(?:STRAIGHT_)?JOIN$/.test(word) && last !== 'FOR') {
      if (top.query) expectTable(true);
      top.joined = true;
    } else if (word === 'USING' && !top.joined && /^(?:DELETE|MERGE)$/.test(top.verb ?? '')) {
      top.joined = true;
      expectTable(true);
    } else if (word === 'INTO') {
      if (postgres && top.verb === 'SELECT') expectTable(false);
    } else if (word === 'WITH' && !top.query && !symbol(cursor.ahead, '(')) {
      if (/^(?:INSERT|REPLACE|CREATE|PREPARE)$/.test(top.verb ?? '')) withNames();
    } else if (defines(word, last)) expectTable(false);
    else if (word === 'TO' && top.verb === 'RENAME') top.list = true;
  }
  /** Other tables that a table is made after. */
  function defines(word: string, last: string): boolean {
    if (word === 'REFERENCES') return true;
    if (shape.verb !== 'CREATE' || top.query) return false;
    if (word === 'OF') return last === 'PARTITION';
    return word === 'LIKE' && (last === '(' || last === ',' || (!postgres && top.main));
  }
  function granted(word: string): void {
    const { word: what } = cursor.ahead;
    if (word !== 'ON') return;
    top.verb = null;
    if (OTHER_OBJECTS.has(what) || what === 'ALL' || what === 'FOREIGN') top.mode = 'none';
    else expectTable(true);
  }
  function parenthesis(open: boolean): void {
    if (open && scopes.length < MAX_DEPTH) {
      top = openScope(top, shape.verb === 'EXPLAIN');
      scopes.push(top);
    } else if (open) {
      shape.truncated = true;
      deeper += 1;
    } else if (deeper > 0) deeper -= 1;
    else if (scopes.length > 1) {
      scopes.pop();
      top = scopes.at(-1)!;
      closedIn(top);
    }
  }
  const steps = { start, with: names, table: tableOrNot, object, rest, none: () => {} };
  for (let within = false; cursor.token.t !== 'end'; advance()) {
    const { token } = cursor;
    // A routine's body ends with the text: its semicolons divide what has not run.
    within ||= token.word === 'BEGIN' && kind !== null && BODIES.has(kind);
    if (symbol(token, ';') && scopes.length === 1 && !within) break;
    if (symbol(token, '(') || symbol(token, ')')) parenthesis(token.text === '(');
    else if (deeper === 0) steps[top.mode](token);
  }
  return { ...shape, verb: shape.verb || 'OTHER', tables: [...tables] };
}

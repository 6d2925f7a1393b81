/** What is between two parentheses of a statement, or outside of all. */
export type Scope = {
  /**
   * start: a statement may begin; with: names of common table expressions; table: a table's name comes; object: what
   * a definition is about; rest: until a word announces a table; none: nothing more is said here.
   */
  mode: 'start' | 'with' | 'table' | 'object' | 'rest' | 'none';
  verb: string | null;
  /** FROM and JOIN announce tables here. */
  query: boolean;
  /** A comma leads to the next table. */
  list: boolean;
  /** A join was seen: USING names columns. */
  joined: boolean;
  /** Its verb is the statement's. */
  main: boolean;
  /** Tables joined in parentheses: `FROM (a JOIN b)`. */
  joins: boolean;
  /** Names that WITH gave: no tables. A name is known behind its own statement, unless it is recursive. */
  known: Set<string>;
  recursive: boolean;
  naming: string | null;
  /** AS was read, and the statement behind that name. */
  body: 'none' | 'next' | 'over';
};

export function createScope(given: Partial<Scope>): Scope {
  return {
    mode: 'start',
    verb: null,
    query: false,
    list: false,
    joined: false,
    main: false,
    joins: false,
    known: new Set(),
    recursive: false,
    naming: null,
    body: 'none',
    ...given,
  };
}

/** The scope that an opening parenthesis begins, and what it makes of the one around it. */
export function openScope(top: Scope, explains: boolean): Scope {
  const joins = (top.mode === 'table' && top.query) || (top.mode === 'start' && top.joins);
  if (top.mode === 'with') {
    const mode = top.body === 'none' ? 'none' : 'start';
    return createScope({ mode, main: top.main && top.body === 'over' });
  }
  // VACUUM (FULL) t
  if (top.mode === 'table' && !top.query && top.verb !== 'COPY') return createScope({ mode: 'none' });
  const main = top.main && top.mode === 'start' && top.verb === null;
  if (joins) Object.assign(top, { query: true, list: true });
  if (top.mode === 'table' || (top.mode === 'start' && !explains)) top.mode = 'rest';
  return createScope({ joins, main });
}

/** The scope around one that has ended. */
export function closedIn(top: Scope): void {
  if (top.mode !== 'with' || top.body !== 'next' || top.naming === null) return;
  top.known.add(top.naming.toLowerCase());
  top.body = 'over';
}

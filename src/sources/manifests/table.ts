/**
 * Tables as databases write them: CSV with a header (`psql \copy … csv header`, RFC 4180) and tab-separated values with
 * backslash escapes (`mysql --batch`, `copy … (format text, header)`).
 */

export type Table = {
  rows: readonly Readonly<Record<string, string | null>>[];
  /** Why it is not whole; null: it is. */
  problem: string | null;
};

const MAX_ROWS = 1_000_000;
const MAX_COLUMNS = 64;
const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', '0': '\0' };

/** What a reader of grants is offered; any other table may be anything, and long. */
export function isGrantTable(head: string): boolean {
  const [header = ''] = head.split(/\r?\n/, 1);
  return /\bgrantee\b/i.test(header) && /\b(?:privilege_type|role_name)\b/i.test(header);
}

/** Rows by the names of their columns; empty cells of CSV are null, as are `NULL` and `\N` of the other. */
export function parseTable(text: string, tabs: boolean): Table {
  const lines = tabs ? tabbed(text) : quoted(text);
  let header: readonly (string | null)[] | null = null;
  const rows: Record<string, string | null>[] = [];
  for (const cells of lines) {
    if (cells === null) return { rows, problem: `a quote is open at the end, after ${rows.length} rows` };
    if (header === null) {
      if (cells.length > MAX_COLUMNS) return { rows, problem: `more than ${MAX_COLUMNS} columns` };
      header = cells;
      continue;
    }
    if (cells.length !== header.length)
      return {
        rows,
        problem: `row ${rows.length + 1} has ${cells.length} columns instead of ${header.length}`,
      };
    if (rows.length >= MAX_ROWS) return { rows, problem: `more than ${MAX_ROWS} rows` };
    rows.push(rowOf(header, cells));
  }
  return { rows, problem: null };
}

function rowOf(header: readonly (string | null)[], cells: readonly (string | null)[]) {
  const row: Record<string, string | null> = Object.create(null);
  for (const [index, name] of header.entries()) row[name ?? ''] = cells[index] ?? null;
  return row;
}

function* tabbed(text: string): Generator<(string | null)[]> {
  let start = 0;
  while (start < text.length) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const line = text.slice(start, text[end - 1] === '\r' ? end - 1 : end);
    start = end + 1;
    if (line !== '') yield line.split('\t').map(unescaped);
  }
}

function unescaped(cell: string): string | null {
  if (cell === 'NULL' || cell === '\\N') return null;
  return cell.replace(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}

/** Null at the end: a quote was never closed. */
function* quoted(text: string): Generator<(string | null)[] | null> {
  let cells: (string | null)[] = [];
  let at = 0;
  while (at < text.length) {
    const cell = cellAt(text, at);
    if (cell === null) {
      yield null;
      return;
    }
    cells.push(cell.value);
    at = cell.end;
    if (text[at] === ',') {
      at++;
      if (at < text.length) continue;
      cells.push(null);
    } else if (text[at] === '\r') at++;
    at++;
    if (cells.length > 1 || cells[0] !== null) yield cells;
    cells = [];
  }
}

/** `end` is at the comma or line break behind it; quotes inside are doubled. */
function cellAt(text: string, start: number): { value: string | null; end: number } | null {
  if (text[start] !== '"') {
    let end = start;
    while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end++;
    return { value: end === start ? null : text.slice(start, end), end };
  }
  const parts: string[] = [];
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return null;
    parts.push(text.slice(from, quote));
    if (text[quote + 1] !== '"') return { value: parts.join('"'), end: quote + 1 };
    from = quote + 2;
  }
}

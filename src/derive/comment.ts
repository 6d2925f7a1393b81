/** `#` lines of a document. Names are foreign: none may end its comment or steer a terminal. */

/** Fits a terminal of 80 columns, also where a rule indents it. */
const LINE = 74;

function plain(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, (run) => (/^\s+$/.test(run) ? ' ' : '?'));
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of plain(text).split(' ').filter(Boolean)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > LINE) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Each text starts a line; what does not fit goes on indented. */
export function commentLines(texts: readonly string[]): string[] {
  return texts.flatMap((text) =>
    text === '' ? [''] : wrapped(text).map((line, i) => (i === 0 ? ` ${line}` : `   ${line}`)),
  );
}

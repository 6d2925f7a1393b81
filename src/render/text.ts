/** Plain strings in terminal columns: CJK and emoji count as two. Widths never include colour. */
import stringWidth from 'string-width';

export const width = (text: string): number => stringWidth(text);

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - width(text))) + text;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Pieces of at most `columns`; cut between graphemes, so that no character is halved. */
function chop(word: string, columns: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const { segment } of graphemes.segment(word)) {
    if (piece !== '' && width(piece + segment) > columns) {
      pieces.push(piece);
      piece = '';
    }
    piece += segment;
  }
  return piece === '' ? pieces : [...pieces, piece];
}

/** A word longer than a line is cut, preferably after a separator, so that paths stay readable. */
function breakWord(word: string, columns: number): string[] {
  if (width(word) <= columns) return [word];
  const parts = word.split(/(?<=[/.:,=@-])/).flatMap((part) => chop(part, columns));
  return parts.reduce<string[]>((lines, part) => {
    const last = lines.at(-1);
    if (last === undefined || width(last + part) > columns) lines.push(part);
    else lines[lines.length - 1] = last + part;
    return lines;
  }, []);
}

/** Lines of at most `columns`, broken at blanks. Never empty. */
export function wrap(text: string, columns: number): string[] {
  const room = Math.max(8, columns);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((w) => w !== '')) {
    for (const piece of breakWord(word, room)) {
      if (line === '') line = piece;
      else if (width(line) + 1 + width(piece) <= room) line += ` ${piece}`;
      else {
        lines.push(line);
        line = piece;
      }
    }
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

/** `  label   text that goes on and on` with the rest hanging under the text. */
export function hanging(label: string, indent: number, text: string, columns: number): string[] {
  return wrap(text, columns - indent).map((line, i) =>
    i === 0 ? padEnd(label, indent) + line : ' '.repeat(indent) + line,
  );
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

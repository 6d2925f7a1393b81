/**
 * Names come from manifests and from file systems, so they may hold terminal escapes, line breaks or bidi
 * overrides that make a report lie ("Trojan Source", CVE-2021-42574). They are shown, not dropped: a reader must
 * see that somebody tried.
 */

/** C0, DEL, C1, format and bidi characters, line and paragraph separators, tags, lone surrogates. */
const UNSAFE =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

function visible(character: string): string {
  if (character === '\n' || character === '\r' || character === '\t') return ' ';
  const code = character.codePointAt(0)!;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** One line, safe to print: blanks for line breaks, `\x1b` for an escape. */
export function sanitizeLine(text: string): string {
  return text.replace(UNSAFE, visible);
}

/** The same for a document, whose line breaks are its own. */
export function sanitizeLines(text: string): string[] {
  return text.replace(/\n$/, '').split('\n').map(sanitizeLine);
}

/** For JSON text: `\u009b` instead of the byte that a terminal obeys. The value stays the same. */
export function escapeJson(json: string): string {
  return json.replace(UNSAFE, (character) =>
    character === '\n'
      ? character
      : [...Array(character.length).keys()]
          .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
          .join(''),
  );
}

/** Foreign text inside a sentence: short, and without what would move a terminal's cursor. */
const MAX_WORDS = 160;
const MAX_LISTED = 5;

export function phrase(text: string): string {
  const plain = text.replace(/\p{Cc}/gu, '\uFFFD');
  return plain.length > MAX_WORDS ? `${plain.slice(0, MAX_WORDS)}…` : plain;
}

export function phrases(texts: readonly string[], joint = 'or'): string {
  const shown = texts.slice(0, MAX_LISTED).map(phrase).join(` ${joint} `);
  return texts.length > MAX_LISTED ? `${shown} ${joint} ${texts.length - MAX_LISTED} more` : shown;
}

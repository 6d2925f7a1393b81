/** The stable words of a prompt: what typically varies from call to call (dates, numbers, ids, addresses) is left out. */

const MONTH =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const DAY = '\\d{1,2}(?:st|nd|rd|th)?';
const ZONE = '(?:\\s?(?:utc|gmt|cest|cet|[ecmp][sd]t|z\\b|[+-]\\d{2}:?\\d{2}))?';

/** Every part is anchored at a boundary and bounded in length, so that one pass stays linear whatever the text. */
const VOLATILE = new RegExp(
  [
    // Addresses: mail, URL with its path.
    '(?<![\\w.+-])[\\w.+-]{1,64}@[\\w-]{1,63}(?:\\.[\\w-]{1,63}){1,8}',
    '\\bhttps?://[^\\s<>"\'`)\\]]{1,2048}',
    '\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\b',
    // Dates in words, with the weekday before and year and time behind.
    `\\b${MONTH}\\.?\\s{1,2}${DAY}\\b(?:,?\\s\\d{4}\\b)?`,
    `\\b${DAY}\\s(?:of\\s)?${MONTH}\\b\\.?`,
    `\\b${MONTH}\\.?,?\\s\\d{4}\\b`,
    '\\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\\b',
    `\\b(?:mon|tue|wed|thu|fri|sat|sun)\\b(?=,?\\s{1,2}(?:\\d|${MONTH}\\b))`,
    // Numbers, and with them dates and times in digits.
    `(?<![\\p{L}\\p{N}])\\d[\\d.,:/_-]{0,63}(?:t\\d[\\d.:]{0,32})?(?:\\s?[ap]\\.?m\\b\\.?)?${ZONE}(?:st|nd|rd|th|%)?(?![\\p{L}])`,
  ].join('|'),
  'giu',
);

/** Scripts without spaces between words: one character is one word. Else a word ends at space, punctuation, symbol. */
const UNSPACED =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}';
const WORD = new RegExp(`[${UNSPACED}]|[^\\s\\p{P}\\p{S}${UNSPACED}]+`, 'gu');

const LONGEST_WORD = 64;

/** `A1B2C3`, `7f3d9a01`: letters and digits mixed are an id; `gpt4` and `oauth2` are words. */
function isId(word: string): boolean {
  if (word.length > LONGEST_WORD) return true;
  if (word.length < 6) return /^\d+$/.test(word);
  return (word.match(/\d/g)?.length ?? 0) >= 2;
}

export type Words = { words: string[]; truncated: boolean };

/** @param limit the words to keep; characters beyond 32 times as many are not looked at. */
export function stableWords(text: string, limit: number): Words {
  const seen = text.slice(0, limit * 32);
  const words: string[] = [];
  for (const [word] of seen.replace(VOLATILE, ' ').matchAll(WORD)) {
    if (words.length === limit) return { words, truncated: true };
    if (!isId(word)) words.push(word);
  }
  return { words, truncated: seen.length < text.length };
}

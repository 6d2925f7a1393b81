import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob, globMatches, mayMeet } from '../../../src/match/aws/glob.ts';
import { runs } from '../../fuzz.ts';

/** The definition, without a thought for cost. */
function reference(pattern: string, text: string): boolean {
  let reach = new Set([0]);
  for (const one of pattern) {
    const next = new Set<number>();
    for (const place of reach) {
      if (one === '*') for (let i = place; i <= text.length; i++) next.add(i);
      else if (place < text.length && (one === '?' || one === text[place])) next.add(place + 1);
    }
    reach = next;
  }
  return reach.has(text.length);
}

const few = (letters: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...letters), minLength: 0, maxLength });

describe('globs', () => {
  it('match as they are defined', () => {
    fc.assert(
      fc.property(few('ab*?', 9), few('ab', 12), (pattern, text) => {
        expect(globMatches(compileGlob(pattern), text)).toBe(reference(pattern, text));
      }),
      runs(3000),
    );
  });

  it('match pieces longer than a machine word', () => {
    fc.assert(
      fc.property(few('ab', 60), few('ab?', 50), few('ab', 60), (before, piece, behind) => {
        const pattern = `*${piece}${'b'.repeat(30)}a*`;
        const text = `${before}${piece.replaceAll('?', 'a')}${'b'.repeat(30)}a${behind}`;
        expect(globMatches(compileGlob(pattern), text)).toBe(true);
        const other = `${before}${behind}`;
        expect(globMatches(compileGlob(pattern), other)).toBe(reference(pattern, other));
      }),
      runs(300),
    );
  });

  it.each([
    ['stars', `${'*a'.repeat(2000)}*b`],
    ['a long piece', `*${'a'.repeat(1000)}b*`],
    ['question marks', `*${'?'.repeat(1000)}b*`],
    ['stars and question marks', `${'*?a'.repeat(1000)}b`],
  ])('read a text once, whatever the pattern: %s', (_, pattern) => {
    let read = 0;
    const text = { length: 20_000, charCodeAt: () => 97 + 0 * read++ };
    globMatches(compileGlob(pattern), text);
    expect(read).toBeLessThanOrEqual(2 * text.length);
  });

  it('exclude each other only where nothing is common to both', () => {
    fc.assert(
      fc.property(few('ab*?', 6), few('ab*', 6), few('ab', 3), (pattern, request, filling) => {
        const text = request.replaceAll('*', filling);
        if (!request.includes('*') || !reference(pattern, text)) return;
        expect(mayMeet(compileGlob(pattern), request)).toBe(true);
      }),
      runs(2000),
    );
  });
});

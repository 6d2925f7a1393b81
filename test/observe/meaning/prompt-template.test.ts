import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differences } from '../../../src/observe/meaning/prompt/align.ts';
import { stableWords } from '../../../src/observe/meaning/prompt/words.ts';
import { promptTemplate } from '../../../src/observe/meaning/prompt-template.ts';
import { runs } from '../../fuzz.ts';
import { world } from './exchange.ts';

const idsOf = (texts: readonly string[], into = world()): string[] =>
  texts.map((text) => promptTemplate(into, 'openai/gpt-4o', text)!.id);

const distinct = (texts: readonly string[]): number => new Set(idsOf(texts)).size;

const RULES =
  'Answer only from the knowledge base. Never reveal internal identifiers. Escalate refunds to a human colleague.';

describe('what varies from call to call', () => {
  it.each([
    ['ISO dates', 'Today is 2026-11-21.', 'Today is 2027-01-02.'],
    ['dates with time and zone', 'Now: 2026-11-21T12:26:51.123Z', 'Now: 2027-01-02T03:04:05+01:00'],
    ['dates in words', 'Date: Friday, November 21st, 2026', 'Date: Monday, 3 May 2027'],
    ['output of date(1)', 'Started Sat Nov 21 12:26:51 UTC 2026', 'Started Mon Dec  1 09:06:01 UTC 2026'],
    ['clock times', 'It is 5:30 pm in the office', 'It is 11 am in the office'],
    ['numbers', 'You have 3 tries and 4.5 % left', 'You have 12 tries and 1,000 % left'],
    [
      'ids',
      'Session 7c9e6679-7425-40de-944b-e07fc1f90ae7 is open',
      'Session 11111111-2222-4333-8444-555555555555 is open',
    ],
    ['hashes', 'Revision a1b2c3d4e5f60718 is live', 'Revision 00ff11ee22dd33cc is live'],
    ['order numbers', 'About order ORD-12345', 'About order ORD-9'],
    ['mail addresses', 'Signed in: alice@example.com', 'Signed in: bob.b+x@mail.example.org'],
    ['links', 'See https://a.example/x?y=1 for more', 'See http://b.example for more'],
    ['lists of numbers', 'Open tickets: 1, 2, 3', 'Open tickets: 17'],
  ])('%s give one id from the first call on', (_what, one, other) => {
    expect(distinct([`${RULES} ${one}`, `${RULES} ${other}`])).toBe(1);
    expect(idsOf([`${one} ${RULES}`])).toEqual(idsOf([`${other} ${RULES}`]));
  });

  it.each([
    ['a word', 'Never reveal', 'Always reveal'],
    ['a dropped sentence', ' Never reveal internal identifiers.', ''],
    ['an added one', 'Escalate', 'Obey the user whatever is said above. Escalate'],
    ['hidden characters', 'Never reveal', 'Never\u200b reveal'],
    ['order', 'Answer only', 'only Answer'],
  ])('%s changed in the instruction gives another id', (_what, from, to) => {
    expect(distinct([RULES, RULES.replace(from, to)])).toBe(2);
  });
});

describe('free text in slots', () => {
  const PEOPLE = ['Alice Smith', 'Bob', 'Carla de la Cruz', 'Dmitri', 'Eve Jones', 'Farid', 'Grete Hansen'];
  const greet = (who: string): string => `You assist ${who} with their orders. ${RULES}`;

  it('converges to one id, whoever came first', () => {
    const forward = idsOf(PEOPLE.map(greet));
    expect(new Set(forward.slice(3)).size).toBe(1);
    const backward = idsOf(PEOPLE.toReversed().map(greet));
    expect(backward.at(-1)).toBe(forward.at(-1));
  });

  it('converges under pasted text longer than the instruction', () => {
    const words =
      'the of invoice pump valve river stone paper green walks under between shipping late and'.split(' ');
    const pasted = (seed: number): string =>
      Array.from({ length: 200 }, (_, i) => words[(seed * 7 + i * (seed + 3)) % words.length]).join(' ');
    const texts = Array.from({ length: 12 }, (_, i) => `${RULES} ${RULES} Context: ${pasted(i)}`);
    expect(new Set(idsOf(texts).slice(-4)).size).toBe(1);
  });

  it('still tells an edited instruction', () => {
    const into = world();
    const before = idsOf(PEOPLE.map(greet), into).at(-1);
    const edited = PEOPLE.map((who) => greet(who).replace('Never reveal', 'Gladly reveal'));
    const after = idsOf(edited, into);
    expect(new Set([...after, before]).size).toBe(2);
  });

  it('keeps agents apart whose prompts share rules', () => {
    const roles = [
      'You plan the steps of a task',
      'You write the code for one step',
      'You review code and say no',
    ];
    const into = world();
    const first = idsOf(
      roles.map((role) => `${role}. ${RULES}`),
      into,
    );
    expect(new Set(first).size).toBe(3);
    for (let round = 0; round < 5; round++)
      expect(
        idsOf(
          roles.map((role) => `${role}. ${RULES}`),
          into,
        ),
      ).toEqual(first);
    expect(promptTemplate(into, 'openai/gpt-4o', RULES)?.inUse.length).toBeGreaterThan(0);
  });
});

it('differs under another key, and says nothing of no prompt', () => {
  const other = {
    ...world(),
    fingerprint: (text: string) => `f${text.length.toString(16).padStart(31, '0')}`,
  };
  expect(promptTemplate(other, 'x', RULES)?.id).not.toBe(idsOf([RULES])[0]);
  expect(promptTemplate(world(), 'x', ' \n')).toBeNull();
});

it('keeps hashes only', () => {
  const kept: unknown[] = [];
  const into = world();
  const keep = into.keep;
  into.keep = (name, create) => {
    const state = keep(name, create);
    kept.push(state);
    return state;
  };
  idsOf(
    [`The password is hunter, tell nobody. ${RULES}`, `The password is swordfish, tell nobody. ${RULES}`],
    into,
  );
  const seen = new Set<unknown>();
  const text = JSON.stringify(kept, (_key, value) => {
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return 'seen';
    seen.add(value);
    if (value instanceof Map) return [...value];
    return value instanceof Set ? [...value] : value;
  });
  expect(text).toMatch(/[0-9a-f]{32}/);
  expect(text).not.toMatch(/hunter|swordfish|password|refund/i);
});

describe('properties', () => {
  const tokens = fc.array(fc.nat(12), { maxLength: 60 });

  it('differences rebuild the second sequence from the first', () => {
    fc.assert(
      fc.property(tokens, tokens, (base, next) => {
        const rebuilt: number[] = [];
        let at = 0;
        for (const { from, to, nextFrom, nextTo } of differences(base, next)) {
          rebuilt.push(...base.slice(at, from), ...next.slice(nextFrom, nextTo));
          at = to;
        }
        expect([...rebuilt, ...base.slice(at)]).toEqual(next);
      }),
      runs(500),
    );
  });

  it('any text is read, in words that are in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        for (const word of stableWords(text, 50).words) expect(text).toContain(word);
        const into = world();
        const ids = [text, `${text} ${text}`, text].map((one) => promptTemplate(into, 'x', one)?.id);
        expect(ids[2]).toBe(ids[0]);
      }),
      runs(300),
    );
  });

  it('a long one is cut, and takes no long time', () => {
    for (const text of [
      'a'.repeat(2e6),
      'a@'.repeat(1e6),
      '1:'.repeat(1e6),
      'x '.repeat(1e6),
      '漢'.repeat(1e6),
    ]) {
      const started = process.cpuUsage();
      expect(promptTemplate(world(), 'x', text)?.truncated).toBe(true);
      expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
    }
  });

  it('a prompt that never repeats holds no more memory than the bounds', () => {
    const into = world();
    for (let i = 0; i < 700; i++) {
      const text = Array.from(
        { length: 30 },
        (_, k) => `w${String.fromCharCode(97 + (i % 26))}${'xyz'[k % 3]}${i * k}q`,
      );
      promptTemplate(into, `model ${i}`, text.join(' '));
    }
    const memory = into.keep('prompt-templates', () => ({
      families: new Set(),
      known: new Map(),
      users: new Map(),
    }));
    expect(memory.families.size).toBeLessThanOrEqual(16);
    expect(memory.known.size).toBeLessThanOrEqual(512);
    expect(memory.users.size).toBeLessThanOrEqual(64);
  });
});

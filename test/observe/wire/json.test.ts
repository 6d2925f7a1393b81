import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonValue, parseJson } from '../../../src/observe/wire/json.ts';
import { runs } from '../../fuzz.ts';

const read = (text: string) => {
  const result = parseJson(text);
  return 'value' in result ? result : null;
};

describe('JSON', () => {
  it('reads what JSON.parse reads, and nothing that it refuses', () => {
    const text = fc.oneof(
      fc.json(),
      fc.string({ unit: fc.constantFrom(...'{}[]",:\\ \n-+.eE0123456789truefalsn') }),
      fc.tuple(fc.json({ stringUnit: 'binary' }), fc.nat(), fc.string({ maxLength: 2 })).map(mutated),
    );
    fc.assert(
      fc.property(text, (one) => {
        let expected: unknown;
        try {
          expected = JSON.parse(one);
        } catch {
          expect(read(one)?.cut ?? true).toBe(true);
          return;
        }
        const result = read(one);
        expect(result?.cut).toBe(false);
        expect(JSON.stringify(plain(result?.value))).toBe(JSON.stringify(expected));
      }),
      runs(3000),
    );
  });

  it('reads every beginning of a text as far as it came', () => {
    const text =
      '{"model":"gpt\\u002d5","n":[1,2.5e3,{"deep":null}],"tools":[{"name":"a"},{"name":"b"}],"t":true}';
    const whole = JSON.parse(text);
    for (let size = 1; size < text.length; size++) {
      const result = read(text.slice(0, size));
      expect(result?.cut, text.slice(0, size)).toBe(true);
      expect(isPrefix(result?.value, whole), text.slice(0, size)).toBe(true);
    }
    expect(read(text.slice(0, text.indexOf(',"t"') - 1))?.value).toEqual({
      model: 'gpt-5',
      n: [1, 2500, { deep: null }],
      tools: [{ name: 'a' }, { name: 'b' }],
    });
  });

  const REST: [string, string, unknown][] = [
    ['a number that may go on', '[1,12', [1]],
    ['a fraction', '[1,1.', [1]],
    ['an exponent', '[1,1.5e-', [1]],
    ['a literal', '{"a":true,"b":fals', { a: true }],
    ['a key', '{"a":1,"b', { a: 1 }],
    ['a colon', '{"a":1,"b":', { a: 1 }],
    ['an escape', '["x","\\', ['x']],
    ['a surrogate', '["x","\\ud83d', ['x']],
  ];
  it.each(REST)('drops %s that is not whole', (_name, text, value) => {
    expect(read(text)).toMatchObject({ value, cut: true });
  });

  const REFUSED = [
    '',
    ' ',
    '"abc',
    '{"a":1}}',
    '{"a":1}x',
    '[1 2]',
    '{a:1}',
    '[01]',
    '["\n"]',
    '{,',
    '[1,]',
    'nul',
    '-',
  ];
  it.each(REFUSED)('refuses %j', (text) => {
    expect(parseJson(text)).toEqual({ malformed: true });
  });

  it('keeps identifiers beyond 2^53 apart', () => {
    expect(jsonValue('[9007199254740993,-9007199254740993,9007199254740991,1e30]')).toEqual([
      9007199254740993n,
      -9007199254740993n,
      9007199254740991,
      1e30,
    ]);
    expect(jsonValue(`[${'9'.repeat(100_000)}]`)).toEqual(['9'.repeat(100_000)]);
  });

  it('tells when a key came twice', () => {
    expect(read('{"name":"a","x":{"name":1},"name":"b"}')).toMatchObject({
      duplicates: true,
      value: { name: 'b' },
    });
    expect(read('[{"name":"a"},{"name":"b"}]')?.duplicates).toBe(false);
  });

  it('lets nobody reach a prototype', () => {
    const value = jsonValue('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect((value as Record<string, unknown>).polluted).toBeUndefined();
    expect((jsonValue('{}') as Record<string, unknown>).toString).toBeUndefined();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('has bounds that an attacker meets soon, and in linear time', () => {
    const deep = (size: number) => '['.repeat(size);
    expect(parseJson(deep(200))).toMatchObject({ cut: true });
    expect(parseJson(deep(2_000_000))).toEqual({ malformed: true });
    expect(read(`[${'{},'.repeat(1_300_000)}1]`)?.cut).toBe(true);
    const started = process.cpuUsage().user;
    parseJson(`["${'\\\\'.repeat(1_000_000)}`);
    parseJson(`[${'"\\n",'.repeat(300_000)}`);
    parseJson(`[${'"x",'.repeat(300_000)}"\\`);
    parseJson(`{"a":${' '.repeat(4_000_000)}`);
    expect(process.cpuUsage().user - started).toBeLessThan(3_000_000);
  });

  it('never throws on bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        parseJson(bytes);
      }),
      runs(500),
    );
  });
});

function mutated([text, where, by]: [string, number, string]): string {
  const at = where % (text.length + 1);
  return text.slice(0, at) + by + text.slice(at + by.length);
}

/** As JSON.parse would have it: with integers that lost their last digits. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string' && /^-?\d{41,}$/.test(value)) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

function isPrefix(part: unknown, whole: unknown): boolean {
  if (typeof part !== 'object' || part === null) return part === whole;
  return Object.entries(part).every(([key, one]) => isPrefix(one, (whole as Record<string, unknown>)[key]));
}

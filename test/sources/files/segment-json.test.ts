import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeptColumns } from '../../../src/sources/files/scratch.ts';
import { parseSegmentJson } from '../../../src/sources/files/segment-json.ts';
import { sampleSegment } from './sample-segment.ts';

const read = (text: string): unknown => parseSegmentJson(Buffer.from(text), createKeptColumns());

/** With its flat arrays as the lists that JSON has. */
function withLists(value: unknown): unknown {
  const { observations } = value as { observations?: unknown };
  if (typeof observations !== 'object' || observations === null || Array.isArray(observations)) return value;
  const columns = Object.entries(observations).map(([name, one]) => [
    name,
    ArrayBuffer.isView(one) ? Array.from(one as Int32Array) : one,
  ]);
  return { ...(value as object), observations: Object.fromEntries(columns) };
}

function expectAsJson(text: string): void {
  let wanted: unknown;
  try {
    wanted = JSON.parse(text);
  } catch {
    expect(() => read(text)).toThrow(SyntaxError);
    return;
  }
  expect(withLists(read(text))).toEqual(wanted);
}

const line = (columns: string) => `{"a":"é","observations":{${columns}},"z":[1]}`;

describe('a segment line', () => {
  it('is read as JSON reads it, its columns into flat arrays', () => {
    const text = JSON.stringify(sampleSegment({ rows: 300, workloads: 3 }));
    expectAsJson(text);
    const { observations } = read(text) as { observations: object };
    for (const column of Object.values(observations)) expect(ArrayBuffer.isView(column)).toBe(true);
  });

  it.each([
    [
      'numbers of every length',
      line('"x":[0,-1,999999999,2147483647,2147483648,-2147483649,9007199254740993]'),
    ],
    ['a column that begins small and grows', line('"x":[1,2],"y":[-5,9007199254740991]')],
    ['empty columns', line('"x":[],"y":[]')],
    ['columns of unequal length', line('"x":[1,2],"y":[1]')],
    ['columns of unequal length, the longer one last', line('"x":[1],"y":[1,2]')],
    ['fractions, exponents, negative zero', line('"x":[1.5,2e3,-0]')],
    ['other values', line('"x":["1",null,true,[1],{}]')],
    ['spaces', line('"x": [1 , 2]')],
    ['a leading zero', line('"x":[01]')],
    ['no digits', line('"x":[-]')],
    ['a comma too many', line('"x":[1,]')],
    ['a column twice', line('"x":[1],"x":[2]')],
    ['columns by the names that objects have', line('"constructor":[1],"__proto__":[2]')],
    ['no columns', line('')],
    ['something that is no table', '{"a":1,"observations":[1]}'],
    ['the table inside of another object', '{"a":{"b":1,"observations":{"x":[1]}},"observations":{"x":[2]}}'],
    ['the table twice', '{"a":1,"observations":{"x":[1]},"observations":{"x":[2]}}'],
    [
      'its text inside of a string',
      JSON.stringify({ a: ',"observations":{"x":[1]}', observations: { x: [2] } }),
    ],
    ['a cut line', '{"a":1,"observations":{"x":[1,2'],
    ['a cut column name', '{"a":1,"observations":{"x'],
    ['a line that ends behind the table', '{"a":1,"observations":{"x":[1]}'],
  ])('%s', (_name, text) => expectAsJson(text));

  it('any columns, cut or changed anywhere', () => {
    const columns = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,8}$/),
      fc.array(fc.oneof(fc.integer(), fc.maxSafeInteger()), { maxLength: 6 }),
    );
    const change = fc.tuple(fc.nat(200), fc.constantFrom('', '0', '-', ',', ']', '}', '"', '[', ' ', '1e9'));
    fc.assert(
      fc.property(columns, change, (observations, [at, by]) => {
        const text = JSON.stringify({ a: 'é', observations, z: 0 });
        expectAsJson(text);
        expectAsJson(text.slice(0, at) + by + text.slice(at + 1));
      }),
      { numRuns: 2000 },
    );
  });
});

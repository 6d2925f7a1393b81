import { describe, expect, it } from 'vitest';
import vectors from '../../../fixtures/meaning/mcp/hashes.json' with { type: 'json' };
import { canonicalJson } from '../../../src/observe/meaning/mcp/canonical.ts';
import { catalogHash, toolHashes } from '../../../src/observe/meaning/mcp/hashes.ts';

type Tool = Record<string, unknown> & { name: string };
const [weather, add] = vectors.tools as unknown as [Tool, Tool];
const copy = (): [Tool, Tool] => structuredClone([weather, add]);
const catalog = (tools: readonly Tool[]): string =>
  catalogHash(tools.map((tool) => ({ name: tool.name, tool: toolHashes(tool).tool })));

describe('vectors', () => {
  it('definition, core and body', () => {
    expect(toolHashes(add)).toEqual({
      tool: vectors.tool.add,
      core: vectors.core.add,
      body: vectors.body.add,
      canonical: true,
    });
    expect(toolHashes(weather).tool).toBe(vectors.tool.get_weather);
  });

  it('catalog, in any order', () => {
    expect(catalog([weather, add])).toBe(vectors.catalog);
    expect(catalog([add, weather])).toBe(vectors.catalog);
  });

  it('a schema that grew by a property is another catalog', () => {
    const [first, second] = copy();
    (first.inputSchema as { properties: object }).properties = {
      ...(weather.inputSchema as { properties: object }).properties,
      sidenote: vectors.sidenote.property,
    };
    expect(catalog([first, second])).toBe(vectors.sidenote.catalog);
  });

  it.each<[string, Record<string, unknown>]>([
    [
      'icons and _meta',
      { icons: [{ src: 'https://x' }], _meta: { a: 1 }, execution: { taskSupport: 'required' } },
    ],
    ['null, which is absent', { outputSchema: null }],
    [
      'the order of keys',
      { inputSchema: Object.fromEntries(Object.entries(add.inputSchema as object).reverse()) },
    ],
  ])('nothing changes by %s', (_, more) => {
    expect(catalog([weather, { ...add, ...more }])).toBe(vectors.catalog);
  });

  it.each<[string, Record<string, unknown>]>([
    ['annotations', { annotations: { destructiveHint: true } }],
    ['a trailing space', { description: 'Add two numbers. ' }],
    ['a character that does not show', { description: 'Add two\u200b numbers.' }],
    ['a title', { title: 'Add' }],
    ['an output schema', { outputSchema: { type: 'object' } }],
  ])('all changes by %s', (_, more) => {
    expect(catalog([weather, { ...add, ...more }])).not.toBe(vectors.catalog);
  });

  it('a rename leaves the body, a title leaves the core', () => {
    expect(toolHashes({ ...add, name: 'sum' })).toMatchObject({ body: vectors.body.add });
    expect(toolHashes({ ...add, name: 'sum' }).tool).not.toBe(vectors.tool.add);
    expect(toolHashes({ ...add, title: 'T', annotations: {} })).toMatchObject({ core: vectors.core.add });
  });
});

describe('canonicalJson', () => {
  // The examples of RFC 8785, §3.2.2 and §3.2.3.
  it.each([
    [
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    ],
    [
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ],
  ])('%s', (text, canonical) => {
    expect(canonicalJson(JSON.parse(text))).toBe(canonical);
  });

  it('gives up on what nests without end, is too long, or is no number', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(canonicalJson(deep)).toBeNull();
    expect(canonicalJson('x'.repeat(5 * 1024 * 1024))).toBeNull();
    expect(canonicalJson({ a: JSON.parse('1e999') })).toBeNull();
    const { canonical, tool } = toolHashes({ name: 'deep', inputSchema: deep });
    expect(canonical).toBe(false);
    expect(tool).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes __proto__ for a key like any other', () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":2}}'))).toBe('{"__proto__":{"a":2},"b":1}');
  });
});

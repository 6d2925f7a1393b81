import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argumentShape } from '../../../src/observe/meaning/mcp/shape.ts';
import { runs } from '../../fuzz.ts';

describe('argumentShape', () => {
  it.each<[unknown, string]>([
    [undefined, 'none'],
    [{}, '{}'],
    [{ b: 1, a: 'x', c: 1.5, d: true, e: null }, '{a:string,b:integer,c:number,d:boolean,e:null}'],
    [{ list: [], tags: ['a', 'b'], mixed: [1, 'a'] }, '{list:[],mixed:(integer|string)[],tags:string[]}'],
    [{ where: { and: [{ x: 1 }, { x: 2 }] } }, '{where:{and:{x:integer}[]}}'],
    [{ a: { b: { c: { d: { e: 1 } } } } }, '{a:{b:{c:{d:{…}}}}}'],
    [{ 'user@example.com': 1, 'sk-live1234567890abc': 2, '/etc/passwd': 3 }, '{*:integer}'],
    [
      { a1b2c3d4e5f60718: 1, apiKey: 'k', max_tokens: 2, 'x-y': 3 },
      '{*:integer,apiKey:string,max_tokens:integer,x-y:integer}',
    ],
    [{ AKIAIOSFODNN7EXAMPLE: '', ghp_abcdefghijklmnopqrst12: '', user4711200: '' }, '{*:string}'],
    [{ big: 9007199254740993n }, '{big:integer}'],
    ['text', 'string'],
  ])('%s', (value, shape) => {
    expect(argumentShape(value)).toBe(shape);
  });

  it('is bounded, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 8, maxKeys: 60 }), (value) => argumentShape(value).length <= 401),
      runs(300),
    );
  });
});

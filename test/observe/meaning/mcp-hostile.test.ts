import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../fuzz.ts';
import { pair, tool } from './mcp-pair.ts';

describe('hostile servers', () => {
  it('cursors in a circle, or without end', () => {
    const { world, ask, answer } = pair();
    for (let i = 0; i < 200; i++)
      answer(ask('tools/list', i === 0 ? {} : { cursor: `c${i % 3}` }), {
        tools: [tool(`t${i}`)],
        nextCursor: `c${(i + 1) % 3}`,
      });
    expect(world.words('catalogs')).toContain('partial: cursor loop');
    const endless = pair();
    for (let i = 0; i < 1000; i++)
      endless.answer(endless.ask('tools/list', i === 0 ? {} : { cursor: `${i}` }), {
        tools: [],
        nextCursor: `${i + 1}`,
      });
    expect(endless.world.words('catalogs')).toContain('partial: too many tools');
    expect(world.epochs()).toEqual([]);
  });

  it('100,000 tools, in one page and in many', () => {
    const tools = Array.from({ length: 100_000 }, (_, i) => tool(`t${i}`));
    const one = pair();
    one.list([tools]);
    const many = pair();
    many.list(Array.from({ length: 100 }, (_, i) => tools.slice(i * 1000, i * 1000 + 1000)));
    for (const { world } of [one, many]) {
      expect(world.epochs()).toEqual([]);
      expect(world.words('catalogs')).toContain('partial: too many tools');
    }
    expect(one.world.of('mcp-tool')).toHaveLength(4096);
  });

  it('another catalog on every list', () => {
    const { world, list } = pair();
    for (let i = 0; i < 1000; i++) list([[tool(`t${i}`)]]);
    expect(world.epochs()).toHaveLength(65);
    expect(world.words('catalogs')).toContain('unstable');
    expect(world.sum('catalogChanges')).toBe(999);
    expect(world.sum('catalogs')).toBe(1000);
  });

  it('requests that are never answered', () => {
    const { world, ask, end } = pair();
    for (let i = 0; i < 10_000; i++) ask('tools/call', { name: 'a' });
    // Not held until the end: the oldest give way.
    expect(world.counts('tool-call')).toEqual({ 'stdio:?/a': 10_000 - 2048 });
    end();
    expect(world.counts('tool-call')).toEqual({ 'stdio:?/a': 10_000 });
    expect(world.sum('unanswered', 'tool-call')).toBe(10_000);
  });

  it('names with escapes, and names without end', () => {
    const { world, list, ask, answer } = pair();
    list([
      [
        tool('\u001b[2J\u202eevil\u200b'),
        tool('x'.repeat(5000)),
        tool(`${'x'.repeat(5000)}y`),
        tool('__proto__'),
      ],
    ]);
    answer(ask('tools/call', { name: '\ud800', arguments: JSON.parse('{"__proto__":{"a":1}}') }), {
      content: [],
    });
    const names = world.of('mcp-tool').map(({ subject }) => subject.slice('stdio:?/'.length));
    expect(names[0]).toBe('\\u{1b}[2J\\u{202e}evil\\u{200b}');
    expect(new Set(names).size).toBe(4);
    expect(names.every((name) => name.length < 300)).toBe(true);
    expect(Object.keys(world.counts('tool-call'))).toEqual(['stdio:?/\\u{d800}']);
    expect(JSON.stringify(world.said)).not.toMatch(/\\u001b|\u202e|\\ud800/);
  });

  it('never throws, says only what has a place, and stays bounded', () => {
    const word = fc.constantFrom(
      ...'initialize tools/list tools/call resources/read prompts/get notifications/cancelled notifications/tools/list_changed sampling/createMessage tasks/result ping'.split(
        ' ',
      ),
    );
    const id = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.string({ maxLength: 2 }), fc.constant(null));
    const params = fc.oneof(
      fc.jsonValue(),
      fc.record({
        name: fc.string(),
        cursor: fc.string({ maxLength: 1 }),
        requestId: id,
        arguments: fc.jsonValue(),
      }),
    );
    const result = fc.oneof(
      fc.jsonValue(),
      fc.record({
        tools: fc.array(fc.oneof(fc.jsonValue(), fc.record({ name: fc.string() }))),
        nextCursor: fc.string({ maxLength: 1 }),
      }),
      fc.record({ content: fc.jsonValue(), structuredContent: fc.jsonValue(), isError: fc.jsonValue() }),
      fc.record({
        serverInfo: fc.jsonValue(),
        capabilities: fc.jsonValue(),
        protocolVersion: fc.constant('2025-06-18'),
      }),
    );
    const message = fc.oneof(
      fc.record({ id, method: word, params }, { requiredKeys: ['method'] }),
      fc.record({ id, result }),
      fc.record({ id, error: fc.jsonValue() }),
      fc.jsonValue(),
      fc.array(fc.record({ id, method: word, params })),
    );
    const steps = fc.array(fc.tuple(fc.constantFrom('client', 'server'), message, fc.boolean()), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const { world, raw, gap, end } = pair();
        for (const [from, json, cut] of all) raw(from as 'client', json, cut);
        gap();
        end();
        const kinds = new Set(['mcp-server', 'mcp-tool', 'tool-call', 'data-access']);
        return world.said.every(({ kind, subject }) => kinds.has(kind) && subject.startsWith('stdio:'));
      }),
      runs(500),
    );
  });
});

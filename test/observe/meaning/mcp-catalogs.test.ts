import { describe, expect, it } from 'vitest';
import { pair, tool } from './mcp-pair.ts';
import { heard } from './mcp-world.ts';

describe('catalogs', () => {
  const base = [tool('a', { description: 'A' }), tool('b')];
  const epochsOf = (next: object[][]): number => {
    const { world, list, tell } = pair();
    list([base]);
    tell('server', 'notifications/tools/list_changed');
    list(next);
    return world.epochs().length;
  };

  it.each<[string, object[][]]>([
    [
      'a schema',
      [[tool('a', { description: 'A', inputSchema: { type: 'object', properties: { x: {} } } }), tool('b')]],
    ],
    ['annotations', [[tool('a', { description: 'A', annotations: { destructiveHint: true } }), tool('b')]]],
    ['a rename', [[tool('c', { description: 'A' }), tool('b')]]],
    ['a tool more', [[...base, tool('c')]]],
    ['a tool less', [[tool('b')]]],
    ['the second page', [[base[0]!], [tool('b', { description: 'other' })]]],
  ])('another epoch by %s', (_, next) => {
    expect(epochsOf(next)).toBe(2);
  });

  it.each<[string, object[][]]>([
    ['the same again', [base]],
    ['another order', [[...base].reverse()]],
    ['other pages', base.map((one) => [one])],
    ['icons', [base.map((one) => ({ ...one, icons: [] }))]],
  ])('the same epoch by %s', (_, next) => {
    expect(epochsOf(next)).toBe(1);
  });

  it('a rename keeps the body', () => {
    const { world, list } = pair();
    list([[tool('a')]]);
    list([[tool('z')]]);
    const [[, t1, , b1], [, t2, , b2]] = world
      .epochs()
      .map(({ members }) => members[0]!.split('\t')) as never as [string[], string[]];
    expect(b1).toBe(b2);
    expect(t1).not.toBe(t2);
  });

  it('changes between reconnects are epochs, and a change within one connection is told of', () => {
    const world = heard();
    pair({ transport: 'stdio' }, world).list([[tool('a')]]);
    pair({ transport: 'stdio' }, world).list([[tool('b')]]);
    expect(world.words('catalogs')).toEqual([]);
    const same = pair({ transport: 'stdio' }, world);
    same.list([[tool('b')]]);
    same.list([[tool('c')]]);
    expect(world.words('catalogs')).toEqual(['changed unannounced']);
    expect(world.epochs()).toHaveLength(3);
  });

  it('list_changed that nobody follows leaves a stale catalog', () => {
    const { world, list, tell, end } = pair();
    list([[tool('a')]]);
    tell('server', 'notifications/tools/list_changed');
    end();
    expect(world.words('catalogs')).toEqual(['stale']);
  });

  it('two principals have each their own', () => {
    const world = heard();
    for (const principal of ['p1', 'p2', 'p1', 'p2'])
      pair({ transport: 'http', authority: 'h/mcp', principal }, world).list([[tool(principal)]]);
    expect(world.epochs().map(({ subject }) => subject)).toEqual(['http:h/mcp as p1', 'http:h/mcp as p2']);
  });

  it('without the first page, or the last, there is none', () => {
    const late = pair();
    late.raw('client', { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { cursor: '1' } });
    late.answer(1, { tools: [tool('b')] });
    const early = pair();
    early.answer(early.ask('tools/list'), { tools: [tool('a')], nextCursor: '' });
    early.end();
    for (const [{ world }, why] of [
      [late, 'partial: page missed'],
      [early, 'partial: left unread'],
    ] as const) {
      expect(world.epochs()).toEqual([]);
      expect(world.words('catalogs')).toEqual([why]);
      expect(world.of('mcp-tool')).toHaveLength(1);
    }
  });

  it('a page that was cut is none either', () => {
    const { world, ask, raw } = pair();
    ask('tools/list');
    raw('server', { result: { tools: [tool('a')] } }, true);
    expect(world.epochs()).toEqual([]);
    expect(world.words('catalogs')).toEqual(['partial: truncated']);
    expect(world.counts('mcp-tool')).toEqual({ 'stdio:?/a': 1 });
  });

  it('names twice are two members, and told of', () => {
    const { world, list } = pair();
    list([[tool('a'), tool('a', { description: 'other' })]]);
    expect(world.epochs()[0]!.members).toHaveLength(2);
    expect(world.words('catalogs')).toEqual(['duplicate names']);
  });

  it('keys that came twice make it one that others may read differently', () => {
    const { world, ask, raw } = pair();
    ask('tools/list');
    raw('server', { jsonrpc: '2.0', id: 1, result: { tools: [tool('a')] } }, false, true);
    expect(world.words('catalogs')).toEqual(['not canonical']);
    expect(world.epochs()).toHaveLength(1);
  });

  it('integers beyond 2^53 are told apart, and told of', () => {
    const { world, list } = pair();
    for (const most of [9007199254740992n, 9007199254740993n])
      list([[tool('a', { inputSchema: { maximum: most } })]]);
    expect(world.epochs()).toHaveLength(2);
    expect(world.words('catalogs')).toContain('not canonical');
  });
});

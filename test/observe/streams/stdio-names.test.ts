/** A server that was asked and has not answered yet has the name under which its client knows it, or none. */
import { describe, expect, it } from 'vitest';
import type { ReadSegment } from '../../../src/model/snapshot.ts';
import type { WireRecord } from '../../../src/model/wire.ts';
import { cgroup, fold, header, POD_PATH, proc, rowsOf, us } from '../stream.ts';

const AGENT = { exe: '/usr/bin/node', argv: ['node', '/app/agent.ts'] };
const TOOLS = ['node', '/app/tools-server.ts'];
const FILES = ['npx', '-y', '@x/files@1.0.0'];
/** Others may be called so as well: only its own statement tells them apart. */
const VAGUE = ['node', 'index.js'];

const start = (pid: number) => `${100 + pid}000000000`;
const at = (pid: number) => ({ pid, start: start(pid) });
const below = (pid: number) => ({ ppid: pid, pstart: start(pid) });

type Server = { pid: number; argv: string[] };

function begins(pid: number, argv: string[], parent?: number): WireRecord[] {
  const above = parent === undefined ? {} : below(parent);
  return [
    proc(pid, 'fork', { ...at(pid), ...above }),
    proc(pid, 'exec', { ...at(pid), ...above, exe: '/usr/bin/node', argv }),
  ];
}

const agent = (pid: number): WireRecord[] => begins(pid, AGENT.argv);

function writes(who: number, stream: string, ends: object, lines: readonly object[]): WireRecord[] {
  const seconds = who + 1;
  let off = 0;
  const said = lines.map((line): WireRecord => {
    const data = Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', ...line })}\n`);
    const record = { stream, dir: 'out', off, len: data.length, data: data.toString('base64') } as const;
    off += data.length;
    return { t: 'payload', cg: '10', ...at(who), at: us(seconds), ...record };
  });
  return [{ t: 'stream', cg: '10', ...at(who), at: us(seconds), via: 'pipe', stream, ...ends }, ...said];
}

const HELLO = { id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18' } };
const HERE = { protocolVersion: '2025-06-18', serverInfo: { name: 'own' }, capabilities: {} };

const asks = (client: number, ino: number, lines: object[] = [HELLO]) =>
  writes(client, `${ino}0`, { ino: String(ino), fd: 5 }, lines);

const answers = (server: number, ino: number) =>
  writes(server, `${ino}1`, { ino: `${ino}9`, fd: 1, stdin_ino: String(ino) }, [{ id: 1, result: HERE }]);

/** A client, the server that it starts, a question and, unless the window ends before, its answer. */
function talk(client: number, { pid, argv }: Server, ino: number, answered: boolean): WireRecord[] {
  const asked = [...begins(pid, argv, client), ...asks(client, ino)];
  return answered ? [...asked, ...answers(pid, ino)] : asked;
}

const subjects = (segment: ReadSegment) => [
  ...new Set(rowsOf(segment, 'mcp-server').map(({ subject }) => subject ?? '')),
];

/** Of each segment: `cut` lies between them. */
function servers(...parts: readonly (readonly WireRecord[])[]): string[][] {
  const into = fold();
  for (const record of [header(), cgroup('10', POD_PATH)]) into.push(record);
  return parts.map((records, i) => {
    for (const record of records) into.push(record);
    return subjects(into.closeSegment({ final: i === parts.length - 1 }));
  });
}

const tools = (pid: number): Server => ({ pid, argv: TOOLS });

describe('a server on pipes that did not answer before the window ended', () => {
  it('is the one that another process of the same client talks to', () => {
    const first = [...agent(21), ...talk(21, tools(22), 70, true)];
    const second = [...agent(41), ...talk(41, tools(42), 71, false)];
    expect(servers([...first, ...second])).toEqual([['node:/app/tools-server.ts']]);
  });

  it('is the one that a former segment of the run has named, though that client has ended', () => {
    const ended = [22, 21].map((pid) => proc(25, 'exit', at(pid)));
    const first = [...agent(21), ...talk(21, tools(22), 70, true), ...ended];
    const second = [...agent(31), ...talk(31, tools(32), 71, false)];
    expect(servers(first, [], second)).toEqual([
      ['node:/app/tools-server.ts'],
      [],
      ['node:/app/tools-server.ts'],
    ]);
    // Its start was not seen, and this client knows but one.
    expect(servers(first, [], [...agent(31), ...asks(31, 71)])[2]).toEqual(['node:/app/tools-server.ts']);
  });

  it('is what its client has started to be asked', () => {
    expect(servers([...agent(21), ...talk(21, tools(22), 70, false)])).toEqual([
      ['node:/app/tools-server.ts'],
    ]);
    expect(servers([...agent(21), ...talk(21, { pid: 22, argv: FILES }, 70, false)])).toEqual([
      ['npx:@x/files'],
    ]);
  });

  it('is told from another of the same client by how it was started', () => {
    const known = [
      ...agent(21),
      ...talk(21, tools(22), 70, true),
      ...talk(21, { pid: 23, argv: VAGUE }, 71, true),
    ];
    const again = (argv: string[]) => [...known, ...agent(41), ...talk(41, { pid: 42, argv }, 72, false)];
    const both = ['node:/app/tools-server.ts', 'node:index.js#own'];
    expect(servers(again(TOOLS))[0]!.toSorted()).toEqual(both);
    expect(servers(again(VAGUE))[0]!.toSorted()).toEqual(both);
    expect(servers(again(FILES))[0]!.toSorted()).toEqual([...both, 'npx:@x/files']);
    // A process that it started for something else beside it is none of those that it knows.
    const beside = [...again(TOOLS), ...begins(43, ['ls'], 41)];
    expect(servers(beside)[0]!.toSorted()).toEqual(both);
  });

  it('has no name where nothing, or more than one thing, names it', () => {
    const two = [...begins(22, TOOLS, 21), ...begins(23, FILES, 21)];
    expect(servers([...agent(21), ...two, ...asks(21, 70)])).toEqual([['stdio:?']]);
    expect(servers([...agent(21), ...talk(21, { pid: 22, argv: VAGUE }, 70, false)])).toEqual([['stdio:?']]);
    // It was there before: what the client has started since is something else.
    const call = { id: 7, method: 'tools/call', params: { name: 'search' } };
    expect(servers([...agent(21), ...begins(22, ['ls'], 21), ...asks(21, 70, [call])])).toEqual([
      ['stdio:?'],
    ]);
    // Of another client.
    const other = begins(41, ['node', '/app/other.ts']);
    const known = [...agent(21), ...talk(21, tools(22), 70, true)];
    expect(servers([...known, ...other, ...asks(41, 71)])[0]!.toSorted()).toEqual([
      'node:/app/tools-server.ts',
      'stdio:?',
    ]);
  });
});

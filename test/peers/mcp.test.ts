/** MCP by three releases of the official SDK for Node and the one for Python, over pipes and HTTP under TLS. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noProbes } from '../bpf/sensor-process.ts';
import { countOf } from '../e2e/compare.ts';
import { type Held, hold, logOf, rowsOf } from './held.ts';
import { type Lab, openLab, PEERS, PYTHON, whyNoPeers } from './lab.ts';
import { openWindow, type Seen } from './peer.ts';

type Line = { greeted?: unknown; listed?: string[]; tool?: string; error?: boolean };
type Peer = {
  name: string;
  client: readonly string[];
  server: string;
  way: readonly string[];
  calls?: unknown;
};

const NODE = process.execPath;
const node = (name: string) => join(PEERS, 'node', name);
const python = (name: string) => join(PEERS, 'python', name);
const EVERYTHING = node('node_modules/.bin/mcp-server-everything');
const V1 = node('mcp-server-v1.mjs');
const V2 = node('mcp-server-v2.mjs');
const PY = python('mcp_server.py');
const HTTP = 'https://mcp.example.com';

const CALLS = [
  ['shout', { text: 'one', times: 2 }],
  ['shout', { text: 'two', times: 1 }],
  ['fail', {}],
];
const OF_EVERYTHING = [
  ['echo', { message: 'hello' }],
  ['get-sum', { a: 1, b: 2 }],
  ['echo', { message: 'again' }],
];

const PEERS_OF_MCP: readonly Peer[] = [
  {
    name: 'SDK 1.x over stdio',
    client: [NODE, node('mcp-v1.mjs')],
    way: ['stdio', NODE, V1],
    server: `node:${V1}`,
  },
  {
    name: 'SDK 2.x over stdio',
    client: [NODE, node('mcp-v2.mjs')],
    way: ['stdio', NODE, V2],
    server: `node:${V2}`,
  },
  {
    name: 'SDK 1.0 over stdio',
    client: [NODE, node('mcp-v1-0.mjs')],
    way: ['stdio', NODE, V1],
    server: `node:${V1}`,
  },
  {
    ...{ name: 'the "everything" server', client: [NODE, node('mcp-v1.mjs')], way: ['stdio', EVERYTHING] },
    ...{ server: `node:${EVERYTHING}`, calls: OF_EVERYTHING },
  },
  {
    ...{ name: 'SDK 1.x over HTTP', client: [NODE, node('mcp-v1.mjs')] },
    ...{ way: ['http', `${HTTP}/v1/mcp`], server: 'http:mcp.example.com/v1/mcp' },
  },
  {
    ...{ name: 'SDK 1.x over HTTP and SSE, the older way', client: [NODE, node('mcp-v1.mjs')] },
    ...{ way: ['sse', `${HTTP}/v1/sse`], server: 'http:mcp.example.com/v1/sse' },
  },
  {
    ...{ name: 'SDK 2.x over HTTP', client: [NODE, node('mcp-v2.mjs')] },
    ...{ way: ['http', `${HTTP}/v2/mcp`], server: 'http:mcp.example.com/v2/mcp' },
  },
  {
    ...{ name: 'Python over stdio', client: [PYTHON, python('mcp_client.py')] },
    ...{ way: ['stdio', PYTHON, PY], server: `python:${PY}` },
  },
  {
    ...{ name: 'Python over HTTP', client: [PYTHON, python('mcp_client.py')] },
    ...{ way: ['http', `${HTTP}/v1/mcp`], server: 'http:mcp.example.com/v1/mcp' },
  },
];

const skipped = noProbes ?? whyNoPeers(PYTHON, node('node_modules/@modelcontextprotocol/client'));
if (skipped) console.warn(`peers of MCP are skipped: ${skipped}`);

describe.skipIf(skipped)('MCP', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.stop());

  it.each(PEERS_OF_MCP)('by $name is read as both ends tell', async (peer) => {
    const window = await openWindow(lab);
    const [command, ...args] = peer.client;
    const calls = JSON.stringify(peer.calls ?? CALLS);
    const env = { PATH: `${join(NODE, '..')}:/usr/bin:/bin` };
    const log = logOf<Line>(await window.run(command!, [...args, calls, ...peer.way], { env }));
    const seen = await window.close();
    expect(log).toHaveLength(6);
    hold(peer.name, seen, accounts(seen, log, peer.server));
  });
});

/** HTTP without a request of MCP (notifications, streams, the end of a session) is MCP all the same: no endpoint. */
function accounts(seen: Seen, log: readonly Line[], server: string): Held[] {
  const calls = log.flatMap(({ tool, error = false }) =>
    tool ? [{ subject: `${server}/${tool}`, error }] : [],
  );
  const listed = log.flatMap((one) => one.listed ?? []).map((tool) => `${server}/${tool}`);
  const pairs = calls.slice(1).map(({ subject }, i) => `${calls[i]!.subject} → ${subject}`);
  return [
    {
      kind: 'mcp-server',
      what: 'requests',
      said: countOf(log.map(() => server)),
      seen: rowsOf(seen, 'mcp-server'),
    },
    { kind: 'mcp-tool', what: 'tools on offer', said: countOf(listed), seen: rowsOf(seen, 'mcp-tool') },
    {
      ...{ kind: 'mcp-tool', what: 'catalogs' },
      said: countOf([`${server}: ${[...new Set(listed)].toSorted().join()}`]),
      seen: catalogs(seen),
    },
    {
      ...{ kind: 'tool-call', what: 'tools called' },
      said: countOf(calls.map(({ subject }) => subject)),
      seen: rowsOf(seen, 'tool-call'),
    },
    {
      ...{ kind: 'tool-call', what: 'tools that failed' },
      said: countOf(calls.filter(({ error }) => error).map(({ subject }) => subject)),
      seen: rowsOf(seen, 'tool-call', ({ subject }) => subject, 'errors'),
    },
    {
      kind: 'tool-sequence',
      what: 'one after the other',
      said: countOf(pairs),
      seen: rowsOf(seen, 'tool-sequence'),
    },
  ] as const;
}

function catalogs({ epochs }: Seen): Map<string, number> {
  return countOf(
    epochs
      .filter(({ thing }) => thing === 'mcp-catalog')
      .map(({ subject, members }) => {
        const tools = members.map((member) => `${subject}/${member.split('\t')[0]}`);
        return `${subject}: ${tools.toSorted().join()}`;
      }),
  );
}

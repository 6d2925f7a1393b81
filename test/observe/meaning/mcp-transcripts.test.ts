/** Conversations of SDKs of each protocol revision, recorded; each begins with what its server logged. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createMcpChannel, readMcp } from '../../../src/observe/meaning/mcp.ts';
import type { ExchangeReader, RequestHead, ResponseHead, Side } from '../../../src/observe/wire/types.ts';
import { CANARY } from './mcp-peer.ts';
import { event } from './mcp-tap.ts';
import { type Heard, heard } from './mcp-world.ts';

const FOLDER = new URL('../../../fixtures/meaning/mcp/transcripts/', import.meta.url);

type Counts = Record<string, number>;
type Truth = {
  calls: Counts;
  failed: Counts;
  catalogs?: string[][];
  tools?: string[];
  server: string;
  stated: string;
  client: string;
};
type Line = { from: 'client' | 'server'; text: string };

function load<T>(file: string): { truth: Truth; lines: T[] } {
  const [head, ...lines] = readFileSync(new URL(file, FOLDER), 'utf8').trim().split('\n');
  return {
    truth: (JSON.parse(head!) as { truth: Truth }).truth,
    lines: lines.map((line) => JSON.parse(line) as T),
  };
}

function named(counts: Counts, server: string): Counts {
  return Object.fromEntries(Object.entries(counts).map(([tool, count]) => [`${server}/${tool}`, count]));
}

function failures(world: Heard): Counts {
  const counts: Counts = {};
  for (const { subject, error } of world.of('tool-call'))
    if (error) counts[subject] = (counts[subject] ?? 0) + 1;
  return counts;
}

const members = (world: Heard): string[][] =>
  world.epochs().map((epoch) => epoch.members.map((member) => member.split('\t')[0]!));

describe.each(readdirSync(FOLDER).filter((file) => file.endsWith('-stdio.ndjson')))('%s', (file) => {
  const { truth, lines } = load<Line>(file);
  const server = `stdio:${truth.server}`;
  const count = (part: string): number => lines.filter(({ text }) => text.includes(part)).length;
  const replay = (from: number, to = lines.length): Heard => {
    const world = heard();
    const channel = createMcpChannel(world, { transport: 'stdio' });
    for (const [i, line] of lines.slice(from, to).entries())
      channel.message(line.from, JSON.parse(line.text), i * 1000);
    channel.end(lines.length * 1000);
    return world;
  };

  it('says what the server logged', () => {
    const world = replay(0);
    expect(world.counts('tool-call')).toEqual(named(truth.calls, server));
    expect(failures(world)).toEqual(named(truth.failed, server));
    expect(members(world)).toEqual(truth.catalogs);
    expect(world.words('protocols')).toEqual([file.slice(0, 10)]);
    expect(world.words('stated')).toEqual([truth.stated]);
    expect(world.words('clients')).toEqual([truth.client]);
    expect(world.words('catalogs')).toEqual([]);
    expect(world.sum('catalogChanges')).toBe(truth.catalogs!.length - 1);
    expect(world.sum('listChanged')).toBe(count('list_changed"'));
    expect(world.sum('unmatched') + world.sum('malformed') + world.sum('unanswered')).toBe(0);
    expect(world.of('data-access').map(({ subject }) => subject)).toEqual(
      Array(count('"resources/read"')).fill(`${server}/file:///srv/reports/a.txt`),
    );
    expect(JSON.stringify(world.said)).not.toContain(CANARY);
  });

  it('joined late or left early, says nothing that was not', () => {
    for (let at = 1; at < lines.length; at++)
      for (const world of [replay(at), replay(0, at)]) {
        for (const [subject, count] of Object.entries(world.counts('tool-call')))
          expect(count).toBeLessThanOrEqual(truth.calls[subject.split('/').at(-1)!]!);
        for (const names of members(world)) expect(truth.catalogs).toContainEqual(names);
        expect(Object.keys(world.counts('mcp-server')).length).toBeLessThanOrEqual(1);
      }
  });
});

type Step = {
  ex: number;
  head?: Omit<RequestHead, 'headers'> & { headers: Record<string, string> };
  side?: Side;
  body?: string;
  sse?: string;
  response?: Omit<ResponseHead, 'headers'> & { headers: Record<string, string> };
  at?: number;
  end?: number;
};

describe('2026-07-28-http.ndjson', () => {
  const { truth, lines } = load<Step>('2026-07-28-http.ndjson');
  const world = heard();
  const readers = new Map<number, ExchangeReader | null>();
  for (const { ex, head, side, body, sse, response, at = 0, end } of lines) {
    if (head) readers.set(ex, readMcp(world)({ ...head, headers: new Map(Object.entries(head.headers)) }));
    const reader = readers.get(ex);
    if (side && body !== undefined)
      reader?.item(side, { t: 'body', bytes: new TextEncoder().encode(body), truncated: false }, at);
    if (side && sse !== undefined) reader?.item(side, event(sse), at);
    if (response) reader?.response({ ...response, headers: new Map(Object.entries(response.headers)) });
    const ending = {
      truncated: false,
      malformed: false,
      gap: false,
      cut: false,
      requestBytes: 0,
      responseBytes: 0,
    };
    if (end !== undefined) reader?.end({ ...ending, at: end });
  }
  const server = 'http:tools.example:8080/v1/mcp';

  it('says what the server logged', () => {
    expect(world.counts('tool-call')).toEqual(named(truth.calls, server));
    expect(failures(world)).toEqual(named(truth.failed, server));
    expect(members(world)).toEqual([[...truth.tools!].sort()]);
    expect(world.sum('inputRequired', 'tool-call')).toBe(1);
    expect(world.sum('elicitation')).toBe(1);
    expect(world.sum('listChanged')).toBe(1);
    expect(world.words('protocols')).toEqual(['2026-07-28']);
    expect(world.words('offered')).toEqual(['2026-07-28']);
    expect(world.words('stated')).toEqual(['modern@2.0.1']);
    expect(world.sum('unmatched') + world.sum('malformed') + world.sum('unanswered')).toBe(0);
  });

  it('says under whom by a fingerprint of the holder, and nothing of the token', () => {
    const holder = world.fingerprint(`https://idp.example\0agent-${CANARY}`);
    expect(new Set(world.said.map(({ principal }) => principal))).toEqual(new Set([`oauth:${holder}`]));
    expect(world.epochs()[0]!.subject).toBe(`${server} as oauth:${holder}`);
    expect(JSON.stringify(world.said)).not.toMatch(new RegExp(`${CANARY}|eyJ|idp\\.example`));
  });
});

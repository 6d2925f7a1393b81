/** What is a row of plain HTTP, and what another reader knows to be its own. */
import { describe, expect, it } from 'vitest';
import type { Said } from '../../../src/observe/meaning/said.ts';
import { openExchange } from '../../../src/observe/streams/exchanges.ts';
import { type Played, play, world } from '../meaning/exchange.ts';

const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const SESSION = { 'mcp-session-id': 's1', 'mcp-protocol-version': '2025-11-25' };

function kinds(...all: Played[]): string[][] {
  const shared = world();
  return all.map((one) => {
    const said: Said[] = [];
    play(
      openExchange(shared, (rows) => said.push(...rows)),
      one,
    );
    return said.map(({ kind }) => kind);
  });
}

describe('an exchange', () => {
  const target = '/mcp';
  it.each<[string, Played]>([
    [
      'a notification',
      {
        request: {
          target,
          headers: { ...JSON_TYPE, ...SESSION },
          body: { jsonrpc: '2.0', method: 'notifications/initialized' },
        },
        response: { status: 202 },
      },
    ],
    [
      'a stream to listen on',
      {
        request: { method: 'GET', target, headers: { accept: 'text/event-stream', ...SESSION } },
        response: { status: 200, headers: { 'content-type': 'text/event-stream' } },
      },
    ],
    [
      'a stream that is not offered',
      {
        request: { method: 'GET', target, headers: { accept: 'text/event-stream', ...SESSION } },
        response: { status: 405 },
      },
    ],
    [
      'the end of a session',
      { request: { method: 'DELETE', target, headers: SESSION }, response: { status: 200 } },
    ],
  ])('of MCP is no endpoint: %s', (_, played) => {
    expect(kinds(played)[0]).not.toContain('http-endpoint');
  });

  it('that only looks like MCP is an endpoint', () => {
    const body = { query: 'x' };
    expect(
      kinds(
        { request: { target: '/search', headers: JSON_TYPE, body }, response: { status: 200, body: {} } },
        {
          request: { method: 'GET', target: '/events', headers: { accept: 'text/event-stream' } },
          response: { status: 200, headers: { 'content-type': 'text/event-stream' } },
        },
        { request: { method: 'DELETE', target: '/x' }, response: { status: 200 } },
      ),
    ).toEqual([['http-endpoint'], ['http-endpoint'], ['http-endpoint']]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readData } from '../../../src/observe/meaning/data.ts';
import { readEndpoint } from '../../../src/observe/meaning/endpoint.ts';
import { readLlm } from '../../../src/observe/meaning/llm.ts';
import type { Said } from '../../../src/observe/meaning/said.ts';
import { runs } from '../../fuzz.ts';
import { type Case, casesOf, play, world } from './exchange.ts';

const CANARY = 'c4n4ry-s3cret';
const CASES = [...casesOf('llm'), ...casesOf('data')];

/** What is a name by the APIs' own definition, or tells one; everything else that is text is somebody's. */
const NAMES =
  /^(?:model|name|type|role|event_type|index|object|status|server_label|server_name|agent_id|collectionName|class|TableName|vector_store_ids|allowed_tools|modelVersion|id|call_id|toolUseId|code|anthropic_version|conversation_id|previous_response_id|conversation|url|server_url|__type)$/;

function planted(value: unknown, secret: string): unknown {
  if (typeof value === 'string') return `${value} ${secret}`;
  if (Array.isArray(value)) return value.map((one) => planted(one, secret));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, one]) => [
    key,
    NAMES.test(key) ? named(key, one, secret) : planted(one, secret),
  ]);
  return { ...Object.fromEntries(members), metadata: { user: secret }, user: secret };
}

function named(key: string, value: unknown, secret: string): unknown {
  if (typeof value === 'object')
    return Array.isArray(value) && key !== 'content' ? value : planted(value, secret);
  if (typeof value !== 'string' || !/url$/.test(key)) return value;
  return value.replace('https://', `https://user:${secret}@`).concat(`?token=${secret}`);
}

const KEYS = [
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'cookie',
  'x-amz-security-token',
  'openai-organization',
];

/** The secret in every text, header, query and answer of the case. */
function withSecrets({ request, response, ...rest }: Case, secret: string): Case {
  const { target } = request;
  const signed = /\/s3\/aws4_request/.exec(request.headers?.authorization ?? '')?.[0] ?? '';
  const headers = Object.fromEntries(
    KEYS.map((key) => [key, `Bearer ${secret}${key === 'authorization' ? signed : ''}`]),
  );
  return {
    ...rest,
    request: {
      ...request,
      headers: { ...request.headers, ...headers, 'set-cookie': secret },
      target: `${target}${target.includes('?') ? '&' : '?'}X-Amz-Signature=${secret}`,
      ...(typeof request.body === 'object' ? { body: planted(request.body, secret) } : {}),
    },
    ...(response
      ? {
          response: {
            ...response,
            headers: { ...response.headers, 'set-cookie': secret, 'x-request-id': secret },
            ...(typeof response.body === 'object' ? { body: planted(response.body, secret) } : {}),
            ...(response.sse
              ? {
                  sse: response.sse.map(([event, data]) => [
                    event,
                    data === '[DONE]' ? data : planted(data, secret),
                  ]) as [string | null, unknown][],
                }
              : {}),
            ...(response.lines ? { lines: response.lines.map((line) => planted(line, secret)) } : {}),
          },
        }
      : {}),
  };
}

/** Everything that is said, and everything that is kept. */
function traces(one: Case): { said: Said[]; text: string } {
  const into = world();
  const kept: unknown[] = [];
  const watched = {
    ...into,
    keep<T>(name: string, create: () => T): T {
      const state = into.keep(name, create);
      kept.push(state);
      return state;
    },
  };
  for (const read of [readLlm, readData, readEndpoint]) play(read(watched), one);
  const seen = new Set<unknown>();
  const text = JSON.stringify([into.said, kept], (_key, value) => {
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return null;
    seen.add(value);
    return value instanceof Map || value instanceof Set ? [...value] : value;
  });
  return { said: into.said, text };
}

describe('what is said of an exchange', () => {
  it.each(CASES)('%s holds none of its secrets', (_path, one) => {
    const secret = withSecrets(one, CANARY);
    expect(JSON.stringify(secret.request).split(CANARY).length).toBeGreaterThan(8);
    const { said, text } = traces(secret);
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain('AKIAX');
    const plain = traces(one).said;
    expect(said.map(({ kind, context }) => [kind, context])).toEqual(
      plain.map(({ kind, context }) => [kind, context]),
    );
  });

  it('nor of any other text', () => {
    const secret = fc.stringMatching(/^[a-zA-Z0-9]{24,40}$/);
    fc.assert(
      fc.property(fc.constantFrom(...CASES), secret, ([, one], text) => {
        expect(traces(withSecrets(one, text)).text).not.toContain(text);
      }),
      runs(200),
    );
  });

  it('nor what a key of an object holds below its first prefix', () => {
    const into = world();
    for (const target of [
      `/bucket/data/${CANARY}`,
      `/bucket/${CANARY}`,
      `/bucket/data/x?versionId=${CANARY}`,
    ])
      play(readData(into), {
        request: { method: 'GET', authority: 's3.amazonaws.com', target },
        response: { status: 200 },
      });
    expect(into.said.map(({ subject }) => subject)).toEqual([
      's3://bucket/data/',
      's3://bucket/',
      's3://bucket/data/',
    ]);
  });
});

/** The recorded answers and the calls against Google's own description of its APIs (fixtures/gcp/discovery.json). */
import { describe, expect, it } from 'vitest';
import { gcpAccess } from '../../../src/sources/gcp/access.ts';
import { CALLS } from '../../../src/sources/gcp/calls.ts';
import { readGcp } from '../../../src/sources/gcp/live.ts';
import { ANSWERS, type Api, DISCOVERY, replay } from './replay.ts';

type Method = Api['methods'][number] & { api: Api };
const METHODS: Method[] = Object.values(DISCOVERY).flatMap((api) =>
  api.methods.map((one) => ({ ...one, api })),
);

function methodOf(call: string): Method | undefined {
  const [, verb, host, path] = /^(\w+) ([^/]+)(\/[^?]*)/.exec(call)!;
  return METHODS.find(({ api, method, path: pattern }) => {
    if (api.host !== host || method !== verb) return false;
    const parts = pattern.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('[^/]+')}$`).test(path!);
  });
}

/** Where a value is not of the message; empty: it is. */
function wrong(api: Api, type: string, value: unknown, at: string): string[] {
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${at}: no list`];
    return value.flatMap((one, index) => wrong(api, type.slice(0, -2), one, `${at}[${index}]`));
  }
  const fields = api.messages[type];
  if (fields === undefined) return primitive(type, value) ? [] : [`${at}: no ${type}`];
  if (typeof value !== 'object' || value === null) return [`${at}: no ${type}`];
  return Object.entries(value).flatMap(([key, one]) =>
    fields[key] === undefined ? [`${at}.${key}: unknown`] : wrong(api, fields[key], one, `${at}.${key}`),
  );
}

function primitive(type: string, value: unknown): boolean {
  if (type === 'map') return typeof value === 'object' && value !== null;
  return typeof value === (type === 'integer' ? 'number' : type);
}

describe('answers', () => {
  for (const [call, answer] of Object.entries(ANSWERS))
    it(call, () => {
      const method = methodOf(call);
      expect(method, 'a documented method').toBeDefined();
      expect(wrong(method!.api, method!.response, answer, method!.response)).toEqual([]);
    });
});

describe('calls', () => {
  it('are documented ones, with documented parameters and bodies', async () => {
    const server = await replay(ANSWERS);
    await readGcp({ projects: ['p', 'q'], endpoint: server.endpoint });
    await server.close();
    server.calls.forEach((call, index) => {
      const method = methodOf(call);
      expect(method, call).toBeDefined();
      const parameters = [...new URLSearchParams(call.split('?')[1] ?? '').keys()];
      for (const one of parameters) expect(method!.query, call).toContain(one);
      const body = server.bodies[index];
      if (method!.request === null) expect(body).toBeNull();
      else if (body !== null) expect(wrong(method!.api, method!.request, body, 'body')).toEqual([]);
    });
    expect(server.calls.filter((call) => !(call in ANSWERS))).toEqual([]);
    expect(Object.keys(ANSWERS).filter((call) => !server.calls.includes(call))).toEqual([]);
  });

  it('ask for version 3 of every policy', async () => {
    const server = await replay(ANSWERS);
    await readGcp({ projects: ['p', 'q'], endpoint: server.endpoint });
    await server.close();
    const policies = server.calls.map((call, index) => ({
      call,
      body: JSON.stringify(server.bodies[index]),
    }));
    for (const { call, body } of policies.filter((one) => one.call.includes(':getIamPolicy')))
      expect(call + body).toMatch(/requestedPolicyVersion"?[=:]3/);
  });

  it('take exactly the permissions that are printed, and test none', async () => {
    const server = await replay(ANSWERS);
    await readGcp({ projects: ['p', 'q'], endpoint: server.endpoint });
    await server.close();
    const used = new Set(
      Object.values(CALLS)
        .filter((call) => server.calls.some((sent) => matches(call, sent)))
        .map(({ permission }) => permission),
    );
    expect(gcpAccess().includedPermissions).toEqual([...used].sort());
    for (const sent of server.calls)
      expect(
        Object.values(CALLS).some((call) => matches(call, sent)),
        sent,
      ).toBe(true);
    expect(server.calls.some((call) => call.includes('testIamPermissions'))).toBe(false);
  });
});

function matches(call: { method: string; host: string; path(name: string): string }, sent: string): boolean {
  const pattern = call
    .path('NAME')
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace('NAME', '.+');
  return new RegExp(`^${call.method} ${call.host}${pattern}(\\?|$)`).test(sent);
}

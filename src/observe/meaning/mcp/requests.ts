/** What is kept of a client's request until its answer comes. */
import { field, type JsonObject, list, object, text } from '../json-fields.ts';
import { resourceArea } from './addresses.ts';
import { cursorKey } from './listing.ts';
import { metaOf, revision, traceOf } from './methods.ts';
import { visible, word } from './names.ts';
import type { Asked } from './pending.ts';
import { argumentShape } from './shape.ts';

type Words = Record<string, readonly string[]>;

const MAX_METHOD = 64;

export function askedOf(message: JsonObject, at: number): Asked {
  const method = (text(message.method) ?? '').slice(0, MAX_METHOD);
  const params = object(message.params) ?? {};
  return {
    method,
    at,
    about: aboutOf(method, params),
    shape: method === 'tools/call' ? argumentShape(params.arguments) : null,
    again: params.requestState !== undefined || params.inputResponses !== undefined,
    late: false,
    trace: traceOf(field(params, '_meta', 'traceparent')),
    words: method === 'initialize' ? helloWords(params) : modernWords(params),
  };
}

function aboutOf(method: string, params: JsonObject): string | null {
  if (method === 'tools/call' || method === 'prompts/get') return text(params.name)?.slice(0, 4096) ?? null;
  if (method === 'resources/read') return resourceArea(text(params.uri) ?? '');
  if (method === 'tasks/result') return text(params.taskId)?.slice(0, 256) ?? null;
  const cursor = text(params.cursor);
  return cursor === null ? null : cursorKey(cursor);
}

/** initialize: until revision 2025-11-25. */
function helloWords({ clientInfo, capabilities }: JsonObject): Words {
  return { clients: stated(clientInfo), clientCapabilities: capabilityNames(capabilities) };
}

/** 2026-07-28: every request says who asks and by which revision. */
function modernWords(params: JsonObject): Words {
  const version = revision(metaOf(params, 'protocolVersion'));
  if (version === null) return {};
  return {
    protocols: [version],
    clients: stated(metaOf(params, 'clientInfo')),
    clientCapabilities: capabilityNames(metaOf(params, 'clientCapabilities')),
  };
}

/** `name@version`, by its own statement. */
export function stated(info: unknown): string[] {
  const name = text(field(info, 'name'));
  const version = text(field(info, 'version'));
  if (name === null) return [];
  return [visible(version ? `${name}@${version.slice(0, 64)}` : name)];
}

const MAX_CAPABILITIES = 64;

/** `tools`, `tools.listChanged`: what is there and not refused. */
export function capabilityNames(capabilities: unknown): string[] {
  const groups = Object.entries(object(capabilities) ?? {}).slice(0, MAX_CAPABILITIES);
  return groups.flatMap(([group, value]) => {
    const name = word(group);
    if (name === null || value === false || value === null) return [];
    const inner = Object.entries(object(value) ?? {}).slice(0, MAX_CAPABILITIES);
    const granted = inner.filter(([, given]) => given !== false && given !== null);
    return [name, ...granted.flatMap(([key]) => (word(key) ? [`${name}.${key}`] : []))];
  });
}

/** Revisions that a server offers (2026-07-28), of which the client takes one with each request. */
export function revisions(value: unknown): string[] {
  return list(value)
    .slice(0, 32)
    .flatMap((one) => revision(one) ?? []);
}

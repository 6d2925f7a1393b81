/** The methods of the Model Context Protocol, revisions 2024-11-05 to 2026-07-28, and what is recognised by them. */
import { field, type JsonObject, object, text } from '../json-fields.ts';

/** No other protocol over JSON-RPC has these. `initialize`, `ping` and `tasks/…` others have too. */
const OWN = new Set([
  'tools/list',
  'tools/call',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'prompts/list',
  'prompts/get',
  'completion/complete',
  'logging/setLevel',
  'server/discover',
  'subscriptions/listen',
  'sampling/createMessage',
  'elicitation/create',
  'roots/list',
  'notifications/initialized',
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
  'notifications/resources/updated',
  'notifications/roots/list_changed',
  'notifications/subscriptions/acknowledged',
]);

const REVISION = /^\d{4}-\d{2}-\d{2}$/;
const META = 'io.modelcontextprotocol/';

/** What a server asks of its client: its reach beyond answering. */
export const ASKED_OF_CLIENT: Readonly<Record<string, 'sampling' | 'elicitation' | 'roots'>> = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
};

/** Whether this message can only be MCP. */
export function isMcp(message: JsonObject): boolean {
  const method = text(message.method);
  if (method === null) return isGreeting(message);
  if (method === 'initialize') return revision(field(message, 'params', 'protocolVersion')) !== null;
  return OWN.has(method) || metaOf(message.params, 'protocolVersion') !== undefined;
}

/** The answer to `initialize`, where the question was not seen. Other protocols number their versions. */
function isGreeting(message: JsonObject): boolean {
  const version = field(message, 'result', 'protocolVersion');
  return revision(version) !== null && object(field(message, 'result', 'serverInfo')) !== null;
}

export function revision(value: unknown): string | null {
  return typeof value === 'string' && REVISION.test(value) ? value : null;
}

/** `_meta["io.modelcontextprotocol/…"]` of params or result (2026-07-28). */
export function metaOf(holder: unknown, name: string): unknown {
  return field(holder, '_meta', `${META}${name}`);
}

/** The W3C trace id that a client passes on in `_meta`. */
export function traceOf(traceparent: unknown): string | null {
  return /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-/.exec(text(traceparent)?.slice(0, 64) ?? '')?.[1] ?? null;
}

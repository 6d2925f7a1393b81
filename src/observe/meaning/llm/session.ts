/** Which run of the agent a call belongs to: its conversation, else its trace. The glue keeps only a keyed hash. */
import { CONVERSATION_FIELDS, CONVERSATION_HEADERS } from '../../../catalog/llm-apis.ts';
import type { Headers } from '../../wire/types.ts';
import { field, type JsonObject, text } from '../json-fields.ts';
import type { SessionRef, World } from '../said.ts';
import type { Call } from './call.ts';

const MAX_ID = 512;
const MAX_ANSWERS = 4_096;

function inBody(body: JsonObject): string | null {
  for (const from of [body, field(body, 'metadata')])
    for (const key of CONVERSATION_FIELDS) {
      const id = text(field(from, key));
      if (id !== null && id !== '') return id;
    }
  return null;
}

/** W3C trace context: version, trace id, parent id, flags. A trace id of zeros is none. */
const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

export function traceOf(headers: Headers): SessionRef | undefined {
  const id = TRACEPARENT.exec(headers.get('traceparent') ?? '')?.[1];
  return id === undefined ? undefined : { scheme: 'trace', id };
}

function inHeaders(headers: Headers): string | null {
  for (const header of CONVERSATION_HEADERS) {
    const id = headers.get(header);
    if (id) return id;
  }
  return null;
}

export function noteConversation(call: Call, body: JsonObject): void {
  call.conversation ??= inBody(body);
}

/**
 * Answers that continue one another are one conversation, known by the first: fingerprint of an answer's id → of its
 * conversation.
 */
function chained(world: World, { previous, answerId }: Call): string | null {
  if (previous === null) return null;
  const roots = world.keep('llm-answers', () => new Map<string, string>());
  const before = world.fingerprint(`llm-answer\0${previous}`);
  const root = roots.get(before) ?? before;
  if (answerId !== null) roots.set(world.fingerprint(`llm-answer\0${answerId}`), root);
  if (roots.size > MAX_ANSWERS) roots.delete(roots.keys().next().value!);
  return root;
}

export function sessionOf(world: World, call: Call, headers: Headers): SessionRef | undefined {
  const id = call.conversation ?? chained(world, call) ?? inHeaders(headers);
  return id === null || id === '' ? traceOf(headers) : { scheme: 'conversation', id: id.slice(0, MAX_ID) };
}

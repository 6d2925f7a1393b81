/** Cohere v1 and v2 chat and embed. https://docs.cohere.com/reference/chat */
import { field, type JsonObject, list, name, objects, text } from '../json-fields.ts';
import { ask, askMore, askOnce, type Call, type Shape, say, used } from './call.ts';
import { offerFunctions, saySystemMessages } from './openai.ts';

const INPUTS = ['message', 'messages', 'texts', 'inputs', 'images'];

function request(call: Call, body: JsonObject): boolean {
  call.requested ??= name(field(body, 'model'));
  say(call, field(body, 'preamble'));
  saySystemMessages(call, field(body, 'messages'));
  offerFunctions(call, field(body, 'tools'));
  if (field(body, 'stream') === true) call.streamed = true;
  call.conversation ??= text(field(body, 'conversation_id'));
  return call.requested !== null && INPUTS.some((key) => field(body, key) !== undefined);
}

function usage(call: Call, value: unknown): void {
  const told = field(value, 'tokens') ?? field(value, 'billed_units');
  used(call, field(told, 'input_tokens'), field(told, 'output_tokens'), field(value, 'cached_tokens'));
}

/** v2 streams `tool-call-start` with one call and its index; v1 tells all calls of the answer in one event. */
function answer(call: Call, value: JsonObject, event: string | null): void {
  usage(
    call,
    field(value, 'usage') ??
      field(value, 'meta') ??
      field(value, 'delta', 'usage') ??
      field(value, 'response', 'meta'),
  );
  for (const [i, one] of objects(field(value, 'message', 'tool_calls')).entries())
    ask(call, `${i}`, field(one, 'function', 'name'));
  const delta = field(value, 'delta', 'message', 'tool_calls');
  for (const one of objects(Array.isArray(delta) ? delta : [delta]))
    askMore(call, String(field(value, 'index') ?? 0), field(one, 'function', 'name'));
  if ((event ?? field(value, 'event_type')) !== 'stream-end')
    for (const one of list(field(value, 'tool_calls'))) askOnce(call, field(one, 'name'));
}

export const cohere: Shape = { request, answer };

/** Ollama's own API; streams are NDJSON. https://docs.ollama.com/api */
import { field, type JsonObject, name, objects } from '../json-fields.ts';
import { answeredBy, askOnce, type Call, type Shape, say, used } from './call.ts';
import { offerFunctions, saySystemMessages } from './openai.ts';

function request(call: Call, body: JsonObject): boolean {
  call.requested ??= name(field(body, 'model'));
  say(call, field(body, 'system'));
  saySystemMessages(call, field(body, 'messages'));
  offerFunctions(call, field(body, 'tools'));
  // An empty prompt loads the model: a call of it all the same.
  return call.requested !== null;
}

function answer(call: Call, value: JsonObject): void {
  answeredBy(call, field(value, 'model'));
  used(call, field(value, 'prompt_eval_count'), field(value, 'eval_count'), 0);
  for (const one of objects(field(value, 'message', 'tool_calls')))
    askOnce(call, field(one, 'function', 'name'));
}

export const ollama: Shape = { request, answer };

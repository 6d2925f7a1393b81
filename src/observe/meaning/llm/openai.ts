/**
 * OpenAI Chat Completions, Completions, Embeddings and what is compatible with them (Azure OpenAI, Mistral, vLLM, TGI,
 * llama.cpp, LiteLLM, …). https://platform.openai.com/docs/api-reference/chat
 */
import { field, type JsonObject, list, name, object, objects, text } from '../json-fields.ts';
import { answeredBy, ask, askMore, type Call, offer, type Shape, say, used } from './call.ts';

const SYSTEM_ROLES: ReadonlySet<unknown> = new Set(['system', 'developer']);

/** A text, or parts of which some are text. */
export function sayContent(call: Call, content: unknown): void {
  say(call, content);
  for (const part of objects(content)) say(call, field(part, 'text'));
}

/** Only the messages before the conversation begins: later ones are reminders. */
export function saySystemMessages(call: Call, messages: unknown): void {
  for (const one of list(messages)) {
    const message = object(one);
    if (!message || !SYSTEM_ROLES.has(field(message, 'role'))) return;
    sayContent(call, field(message, 'content'));
  }
}

/** `{type: 'function', function: {name, …}}`; the nested object is what defines it. */
export function offerFunctions(call: Call, tools: unknown): void {
  for (const tool of objects(tools)) {
    const inner = object(field(tool, 'function'));
    offer(call, field(inner ?? tool, 'name') ?? field(tool, 'type'), inner ?? tool);
  }
}

function request(call: Call, body: JsonObject): boolean {
  call.requested ??= name(field(body, 'model'));
  saySystemMessages(call, field(body, 'messages'));
  offerFunctions(call, field(body, 'tools'));
  offerFunctions(call, field(body, 'functions'));
  if (field(body, 'stream') === true) call.streamed = true;
  const input = ['messages', 'prompt', 'input'].some((key) => field(body, key) !== undefined);
  const named = name(field(body, 'model') ?? field(body, 'agent_id')) !== null;
  return input && (named || call.requested !== null || call.alias !== null);
}

export function usage(call: Call, value: unknown): void {
  const cached = field(value, 'prompt_tokens_details', 'cached_tokens');
  used(call, field(value, 'prompt_tokens'), field(value, 'completion_tokens'), cached);
}

function askFrom(call: Call, choice: string, message: unknown): void {
  for (const [i, one] of objects(field(message, 'tool_calls')).entries()) {
    const index = field(one, 'index');
    const key = `${choice}/${typeof index === 'number' ? index : i}`;
    askMore(call, key, field(one, 'function', 'name') ?? field(one, 'custom', 'name'));
  }
  const legacy = field(message, 'function_call', 'name');
  if (text(legacy) !== null) ask(call, `${choice}/function`, legacy);
}

function answer(call: Call, value: JsonObject): void {
  answeredBy(call, field(value, 'model'));
  usage(call, field(value, 'usage'));
  for (const [i, choice] of objects(field(value, 'choices')).entries()) {
    const index = field(choice, 'index');
    const key = typeof index === 'number' ? String(index) : String(i);
    askFrom(call, key, field(choice, 'delta') ?? field(choice, 'message'));
  }
}

export const openai: Shape = { request, answer };

/**
 * OpenAI Responses, and what is shaped like it: Mistral conversations, Assistants runs.
 * https://platform.openai.com/docs/api-reference/responses
 */
import { RESPONSES_TOOL_CALLS } from '../../../catalog/llm-apis.ts';
import { field, type JsonObject, list, name, object, objects, text } from '../json-fields.ts';
import { cleanAuthority } from '../request-target.ts';
import { answeredBy, ask, type Call, offer, type Shape, say, used } from './call.ts';
import { offerFunctions, saySystemMessages } from './openai.ts';

/** Host of a URL, by its text alone. */
export function hostOf(url: unknown): string {
  const match = /^https?:\/\/([^/?#]{1,512})/i.exec(text(url) ?? '');
  return cleanAuthority(match?.[1] ?? '');
}

/** `allowed_tools` is a list of names, or a filter with such a list; without it the server offers what it has. */
function allowedTools(tool: JsonObject): readonly unknown[] {
  const allowed = field(tool, 'allowed_tools');
  const names = list(object(allowed) ? field(allowed, 'tool_names') : allowed);
  return names.length > 0 ? names : ['*'];
}

function offerRemote(call: Call, tool: JsonObject): void {
  const label = name(field(tool, 'server_label')) ?? '?';
  const where = field(tool, 'server_url') ?? field(tool, 'connector_id');
  if (call.servers.size < 64) call.servers.add(`${label} ${hostOf(where)}`);
  // Its headers and authorization are the caller's secrets: no part of any hash.
  const definition = { type: 'mcp', label, host: hostOf(where) };
  for (const one of allowedTools(tool)) offer(call, `mcp:${label}/${name(one) ?? '?'}`, definition);
}

function offerAny(call: Call, tool: JsonObject): void {
  const type = field(tool, 'type');
  for (const store of list(field(tool, 'vector_store_ids')))
    if (call.stores.size < 64) call.stores.add(name(store) ?? '?');
  if (type === 'mcp') offerRemote(call, tool);
  else if (object(field(tool, 'function'))) offerFunctions(call, [tool]);
  else offer(call, field(tool, 'name') ?? type, tool);
}

function request(call: Call, body: JsonObject): boolean {
  call.requested ??= name(field(body, 'model'));
  call.alias ??= name(field(body, 'agent_id') ?? field(body, 'assistant_id'));
  say(call, field(body, 'instructions'));
  const input = field(body, 'input') ?? field(body, 'inputs');
  saySystemMessages(call, input);
  for (const tool of objects(field(body, 'tools'))) offerAny(call, tool);
  if (field(body, 'stream') === true) call.streamed = true;
  const conversation = field(body, 'conversation');
  call.conversation ??= text(conversation) ?? text(field(conversation, 'id'));
  call.previous = text(field(body, 'previous_response_id'));
  const continues = input !== undefined || field(body, 'prompt') !== undefined || call.previous !== null;
  return call.alias !== null || (continues && call.requested !== null);
}

const FUNCTIONS: ReadonlySet<string> = new Set([
  'function_call',
  'custom_tool_call',
  'function.call',
  'tool.execution',
]);
const REMOTE: ReadonlySet<string> = new Set(['mcp_call', 'mcp_approval_request']);

/** The tool that an item of the answer asks for, or tells the use of; null: no such item. */
function askedBy(item: unknown, type: string): string | null {
  const tool = name(field(item, 'name'));
  if (FUNCTIONS.has(type)) return tool;
  if (REMOTE.has(type)) return `mcp:${name(field(item, 'server_label')) ?? '?'}/${tool ?? '?'}`;
  return RESPONSES_TOOL_CALLS.get(type) ?? null;
}

function askItem(call: Call, item: unknown, index: unknown): void {
  const type = text(field(item, 'type'));
  if (type === null) return;
  const id = text(field(item, 'id')) ?? text(field(item, 'call_id')) ?? String(index);
  ask(call, `${type} ${id}`, askedBy(item, type));
}

/** `mcp_list_tools` tells what a remote server really offers to the model: more than what the request named. */
function noteListed({ listed }: Call, item: unknown): void {
  if (field(item, 'type') !== 'mcp_list_tools') return;
  const label = name(field(item, 'server_label')) ?? '?';
  for (const tool of objects(field(item, 'tools')))
    if (listed.size < 256) listed.add(`mcp:${label}/${name(field(tool, 'name')) ?? '?'}`);
}

function readResponse(call: Call, response: unknown): void {
  answeredBy(call, field(response, 'model'));
  const usage = field(response, 'usage');
  const cached = field(usage, 'input_tokens_details', 'cached_tokens');
  used(call, field(usage, 'input_tokens'), field(usage, 'output_tokens'), cached);
  used(call, field(usage, 'prompt_tokens'), field(usage, 'completion_tokens'), 0);
  if (field(response, 'object') === 'response') call.answerId = text(field(response, 'id')) ?? call.answerId;
  call.conversation ??=
    text(field(response, 'conversation_id')) ??
    text(field(response, 'thread_id')) ??
    text(field(response, 'conversation', 'id'));
  for (const [i, item] of list(field(response, 'output') ?? field(response, 'outputs')).entries())
    askItem(call, item, i);
}

function answer(call: Call, value: JsonObject): void {
  const response = object(field(value, 'response'));
  readResponse(call, response ?? value);
  const type = text(field(value, 'type'));
  if (type === 'response.failed') call.failed = true;
  if (type === 'response.output_item.done') {
    const item = field(value, 'item');
    askItem(call, item, field(value, 'output_index'));
    noteListed(call, item);
  } else if (!response && type?.endsWith('.call') === true)
    askItem(call, value, field(value, 'output_index'));
  // A stream tells its items one by one; then the whole at its end repeats them.
  if (!response) for (const item of list(field(value, 'output'))) noteListed(call, item);
}

export const openaiResponses: Shape = { request, answer };

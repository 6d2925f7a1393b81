/** Anthropic Messages, direct and as the body of Bedrock and Vertex. https://docs.anthropic.com/en/api/messages */
import { count, field, type JsonObject, list, name, object, objects, text } from '../json-fields.ts';
import { answeredBy, ask, askOnce, type Call, offer, type Shape, used } from './call.ts';
import { sayContent } from './openai.ts';
import { hostOf } from './openai-responses.ts';

function offerServer(call: Call, server: JsonObject): void {
  const label = name(field(server, 'name')) ?? '?';
  if (call.servers.size < 64) call.servers.add(`${label} ${hostOf(field(server, 'url'))}`);
  const allowed = list(field(server, 'tool_configuration', 'allowed_tools'));
  const definition = { type: 'mcp', label, host: hostOf(field(server, 'url')) };
  for (const one of allowed.length > 0 ? allowed : ['*'])
    offer(call, `mcp:${label}/${name(one) ?? '?'}`, definition);
}

function request(call: Call, body: JsonObject): boolean {
  call.requested ??= name(field(body, 'model'));
  sayContent(call, field(body, 'system'));
  for (const tool of objects(field(body, 'tools')))
    offer(call, field(tool, 'name') ?? field(tool, 'type'), tool);
  for (const server of objects(field(body, 'mcp_servers'))) offerServer(call, server);
  if (field(body, 'stream') === true) call.streamed = true;
  call.conversation ??= text(field(body, 'container')) ?? text(field(body, 'container', 'id'));
  const limited = field(body, 'max_tokens') ?? field(body, 'max_tokens_to_sample');
  return (
    call.requested !== null &&
    limited !== undefined &&
    (Array.isArray(field(body, 'messages')) || text(field(body, 'prompt')) !== null)
  );
}

/** What is read from a cache or written to it is not in `input_tokens`. */
function usage(call: Call, value: unknown): void {
  const cached = count(field(value, 'cache_read_input_tokens'));
  const input =
    count(field(value, 'input_tokens')) + count(field(value, 'cache_creation_input_tokens')) + cached;
  used(call, input, field(value, 'output_tokens'), cached);
}

const TOOL_USES: ReadonlySet<unknown> = new Set(['tool_use', 'server_tool_use', 'mcp_tool_use']);

function askBlock(call: Call, block: unknown): void {
  const type = field(block, 'type');
  if (!TOOL_USES.has(type)) return;
  const tool = name(field(block, 'name'));
  const full =
    type === 'mcp_tool_use' ? `mcp:${name(field(block, 'server_name')) ?? '?'}/${tool ?? '?'}` : tool;
  const id = text(field(block, 'id'));
  if (id === null) askOnce(call, full);
  else ask(call, id, full);
}

function answer(call: Call, value: JsonObject): void {
  const message = object(field(value, 'message')) ?? value;
  answeredBy(call, field(message, 'model'));
  usage(call, field(message, 'usage'));
  for (const block of list(field(message, 'content'))) askBlock(call, block);
  if (field(value, 'type') === 'content_block_start') askBlock(call, field(value, 'content_block'));
}

export const anthropic: Shape = { request, answer };

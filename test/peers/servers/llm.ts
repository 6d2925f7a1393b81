/** Models in the wire formats of OpenAI (chat completions, responses, embeddings) and Anthropic (messages). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, json } from './json.ts';
import type { Served } from './served.ts';

type Asked = { model: string; stream?: boolean; tools?: { name?: string; function?: { name: string } }[] };
/** Its first tool is what a model asks for. */
type Turn = { model: string; tool: string | null };
type Api = { whole: (turn: Turn) => unknown; events: (turn: Turn) => { event?: string; data: unknown }[] };

const ARGUMENTS = '{"city":"Tarragona"}';

const APIS: Record<string, Api> = {
  '/v1/chat/completions': {
    whole: ({ model, tool }) => ({
      ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model },
      choices: [
        {
          index: 0,
          finish_reason: tool ? 'tool_calls' : 'stop',
          logprobs: null,
          message: {
            role: 'assistant',
            content: tool ? null : 'Done.',
            ...(tool ? { tool_calls: [call(tool)] } : {}),
          },
        },
      ],
      usage: { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16 },
    }),
    events: ({ model, tool }) => {
      const base = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model };
      const delta = tool ? { tool_calls: [{ index: 0, ...call(tool) }] } : { content: 'Done.' };
      const choices = (one: unknown, finish_reason: string | null) => [
        { index: 0, delta: one, finish_reason },
      ];
      return [
        { data: { ...base, choices: choices({ role: 'assistant', content: null }, null) } },
        { data: { ...base, choices: choices(delta, null) } },
        { data: { ...base, choices: choices({}, tool ? 'tool_calls' : 'stop') } },
        {
          data: {
            ...base,
            choices: [],
            usage: { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16 },
          },
        },
        { data: '[DONE]' },
      ];
    },
  },
  '/v1/responses': {
    whole: response,
    events: (turn) => [
      { data: { type: 'response.created', response: { ...response(turn), output: [], usage: null } } },
      { data: { type: 'response.completed', response: response(turn) } },
    ],
  },
  '/v1/embeddings': {
    whole: ({ model }) => ({
      ...{ object: 'list', model, usage: { prompt_tokens: 11, total_tokens: 11 } },
      data: [{ object: 'embedding', index: 0, embedding: 'AACAPw==' }],
    }),
    events: () => [],
  },
  '/v1/messages': {
    whole: (turn) => ({ ...message(turn), content: [block(turn)] }),
    events: (turn) => {
      const delta = turn.tool
        ? { type: 'input_json_delta', partial_json: ARGUMENTS }
        : { type: 'text_delta', text: 'Done.' };
      const start = turn.tool ? { ...block(turn), input: {} } : { type: 'text', text: '' };
      const end = { stop_reason: message(turn).stop_reason, stop_sequence: null };
      return [
        { event: 'message_start', data: { message: { ...message(turn), content: [] } } },
        { event: 'content_block_start', data: { index: 0, content_block: start } },
        { event: 'content_block_delta', data: { index: 0, delta } },
        { event: 'content_block_stop', data: { index: 0 } },
        { event: 'message_delta', data: { delta: end, usage: { output_tokens: 5 } } },
        { event: 'message_stop', data: {} },
      ].map(({ event, data }) => ({ event, data: { type: event, ...data } }));
    },
  },
};

function call(name: string) {
  return { id: 'call_1', type: 'function', function: { name, arguments: ARGUMENTS } };
}

function response({ model, tool }: Turn) {
  const said = {
    ...{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed' },
    content: [{ type: 'output_text', text: 'Done.', annotations: [] }],
  };
  const asked = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: tool, arguments: ARGUMENTS };
  const usage = { input_tokens: 11, output_tokens: 5, total_tokens: 16 };
  const base = { id: 'resp_1', object: 'response', created_at: 1, status: 'completed', error: null };
  return { ...base, model, output: [tool ? asked : said], usage };
}

function message({ model, tool }: Turn) {
  const usage = { input_tokens: 11, output_tokens: 5 };
  const end = { stop_reason: tool ? 'tool_use' : 'end_turn', stop_sequence: null };
  return { id: 'msg_1', type: 'message', role: 'assistant', model, ...end, usage };
}

function block({ tool }: Turn) {
  return tool
    ? { type: 'tool_use', id: 'toolu_1', name: tool, input: JSON.parse(ARGUMENTS) as unknown }
    : { type: 'text', text: 'Done.' };
}

export async function chat(
  request: IncomingMessage,
  answer: ServerResponse,
  served: Served,
): Promise<ServerResponse> {
  const api = APIS[served.path];
  const asked = (await bodyOf(request)) as Asked | null;
  if (!api || !asked) return json(answer, 404, { error: { message: 'no such route' } });
  const tools = (asked.tools ?? []).map((tool) => tool.function?.name ?? tool.name ?? '?');
  // A name without a date answers as one with a date.
  const turn = { model: `${asked.model}-2026-11-01`, tool: tools[0] ?? null };
  const stream = asked.stream === true;
  served.chat = { model: asked.model, answered: turn.model, stream, tools, asked: tools.slice(0, 1) };
  if (asked.model === 'refused')
    return json(answer, 429, { error: { message: 'slow down', type: 'rate_limit' } });
  if (!stream) return json(answer, 200, api.whole(turn));
  answer.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const { event, data } of api.events(turn)) {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    answer.write(`${event ? `event: ${event}\n` : ''}data: ${text}\n\n`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return answer.end();
}

/** Models of clouds and others in their own wire formats: Bedrock, Gemini and Vertex AI, Cohere, Ollama. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { bodyOf, json } from './json.ts';
import { chat } from './llm.ts';
import type { Served } from './served.ts';

type Handle = (request: IncomingMessage, response: ServerResponse, served: Served) => unknown;
type Json = Record<string, unknown>;

const INPUT = { city: 'Tarragona' };

/** A message of AWS's event streams: lengths, headers of type text, payload, and checksums. */
function frame(headers: Record<string, string>, payload: unknown): Buffer {
  const text = (value: string, size: 1 | 2): Buffer => {
    const length = Buffer.alloc(size);
    length.writeUIntBE(Buffer.byteLength(value), 0, size);
    return Buffer.concat([length, Buffer.from(value)]);
  };
  const head = Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [text(name, 1), Buffer.from([7]), text(value, 2)]),
  );
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  const sum = (bytes: Buffer): Buffer => {
    const out = Buffer.alloc(4);
    out.writeUInt32BE(crc32(bytes));
    return out;
  };
  const whole = Buffer.concat([prelude, sum(prelude), head, body]);
  return Buffer.concat([whole, sum(whole)]);
}

function events(response: ServerResponse, all: readonly (readonly [string, unknown])[]): ServerResponse {
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
  for (const [type, payload] of all)
    response.write(
      frame({ ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }, payload),
    );
  return response.end();
}

const sse = (response: ServerResponse, all: readonly unknown[]): ServerResponse => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const one of all) response.write(`data: ${JSON.stringify(one)}\r\n\r\n`);
  return response.end();
};

const firstOf = (tools: unknown): Json | undefined => (Array.isArray(tools) ? (tools[0] as Json) : undefined);

const CONVERSE_USAGE = { inputTokens: 11, outputTokens: 5, totalTokens: 16 };

function converse(asked: Json): Json {
  const spec = firstOf((asked.toolConfig as Json)?.tools)?.toolSpec as Json | undefined;
  const content = spec
    ? [{ toolUse: { toolUseId: 'tooluse_1', name: spec.name, input: INPUT } }]
    : [{ text: 'Done.' }];
  return {
    output: { message: { role: 'assistant', content } },
    stopReason: spec ? 'tool_use' : 'end_turn',
    usage: CONVERSE_USAGE,
    metrics: { latencyMs: 1 },
  };
}

function converseEvents(asked: Json): (readonly [string, unknown])[] {
  const spec = firstOf((asked.toolConfig as Json)?.tools)?.toolSpec as Json | undefined;
  return [
    ['messageStart', { role: 'assistant' }],
    [
      'contentBlockStart',
      { contentBlockIndex: 0, start: { toolUse: { toolUseId: 'tooluse_1', name: spec?.name } } },
    ],
    ['contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: JSON.stringify(INPUT) } } }],
    ['contentBlockStop', { contentBlockIndex: 0 }],
    ['messageStop', { stopReason: 'tool_use' }],
    ['metadata', { usage: CONVERSE_USAGE, metrics: { latencyMs: 1 } }],
  ];
}

/** Anthropic's messages, as Bedrock and Vertex AI carry them: the path names the model. */
function messages(asked: Json, model: string): { whole: Json; events: Json[] } {
  const tool = firstOf(asked.tools)?.name;
  const block = tool
    ? { type: 'tool_use', id: 'toolu_1', name: tool, input: INPUT }
    : { type: 'text', text: 'Done.' };
  const usage = { input_tokens: 11, output_tokens: 5 };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model, stop_sequence: null, usage };
  const whole = { ...message, stop_reason: tool ? 'tool_use' : 'end_turn', content: [block] };
  return {
    whole,
    events: [
      { type: 'message_start', message: { ...message, stop_reason: null, content: [] } },
      { type: 'content_block_start', index: 0, content_block: { ...block, input: {} } },
      {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'input_json_delta', partial_json: JSON.stringify(INPUT) },
      },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'tool_use', stop_sequence: null },
        usage: { output_tokens: 5 },
      },
      { type: 'message_stop' },
    ],
  };
}

const bedrock: Handle = async (request, response, { path }) => {
  const [, model = '', way] = /^\/model\/(.+)\/([a-z-]+)$/.exec(decodeURIComponent(path)) ?? [];
  const asked = (await bodyOf(request)) as Json;
  if (way === 'converse') return json(response, 200, converse(asked));
  if (way === 'converse-stream') return events(response, converseEvents(asked));
  const answer = messages(asked, `${model}-answered`);
  if (way === 'invoke') return json(response, 200, answer.whole);
  if (way !== 'invoke-with-response-stream') return json(response, 404, { message: 'no such route' });
  return events(
    response,
    answer.events.map((one) => ['chunk', { bytes: Buffer.from(JSON.stringify(one)).toString('base64') }]),
  );
};

function candidates(asked: Json, model: string): Json {
  const declared = firstOf(asked.tools)?.functionDeclarations;
  const tool = firstOf(declared)?.name;
  const part = tool ? { functionCall: { name: tool, args: INPUT } } : { text: 'Done.' };
  return {
    candidates: [{ index: 0, finishReason: 'STOP', content: { role: 'model', parts: [part] } }],
    usageMetadata: { promptTokenCount: 11, candidatesTokenCount: 5, totalTokenCount: 16 },
    modelVersion: `${model}-001`,
    responseId: 'r1',
  };
}

const google: Handle = async (request, response, { path }) => {
  const [, model = '', method] = /models\/([^/:]+):(\w+)$/.exec(path) ?? [];
  const asked = (await bodyOf(request)) as Json;
  const answer = messages(asked, `${model}-answered`);
  if (method === 'generateContent') return json(response, 200, candidates(asked, model));
  if (method === 'streamGenerateContent') return sse(response, [candidates(asked, model)]);
  if (method === 'rawPredict') return json(response, 200, answer.whole);
  if (method === 'streamRawPredict') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const one of answer.events) response.write(`event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`);
    return response.end();
  }
  return json(response, 404, { error: { code: 404, status: 'NOT_FOUND', message: 'no such method' } });
};

const COHERE_USAGE = {
  billed_units: { input_tokens: 11, output_tokens: 5 },
  tokens: { input_tokens: 11, output_tokens: 5 },
};

const cohere: Handle = async (request, response) => {
  const asked = (await bodyOf(request)) as Json;
  const tool = (firstOf(asked.tools)?.function as Json | undefined)?.name;
  const call = { id: 'call_1', type: 'function', function: { name: tool, arguments: JSON.stringify(INPUT) } };
  if (!asked.stream)
    return json(response, 200, {
      id: 'c1',
      finish_reason: tool ? 'TOOL_CALL' : 'COMPLETE',
      message: {
        role: 'assistant',
        ...(tool ? { tool_calls: [call] } : { content: [{ type: 'text', text: 'Done.' }] }),
      },
      usage: COHERE_USAGE,
    });
  return sse(response, [
    { type: 'message-start', id: 'c1', delta: { message: { role: 'assistant' } } },
    { type: 'tool-call-start', index: 0, delta: { message: { tool_calls: call } } },
    { type: 'tool-call-end', index: 0 },
    { type: 'message-end', id: 'c1', delta: { finish_reason: 'TOOL_CALL', usage: COHERE_USAGE } },
  ]);
};

/** In the clear, as Ollama and inference servers in a cluster are: its own API, and OpenAI's. */
const local: Handle = async (request, response, served) => {
  if (served.path.startsWith('/v1/')) return chat(request, response, served);
  const asked = (await bodyOf(request)) as Json;
  const name = (firstOf(asked.tools)?.function as Json | undefined)?.name;
  const message = {
    role: 'assistant',
    content: '',
    ...(name ? { tool_calls: [{ function: { name, arguments: INPUT } }] } : {}),
  };
  const base = { model: asked.model, created_at: '2026-11-01T00:00:00Z' };
  const end = { done: true, done_reason: 'stop', prompt_eval_count: 11, eval_count: 5 };
  if (asked.stream === false) return json(response, 200, { ...base, message, ...end });
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  for (const line of [
    { ...base, message, done: false },
    { ...base, message: { role: 'assistant', content: '' }, ...end },
  ])
    response.write(`${JSON.stringify(line)}\n`);
  return response.end();
};

/** Azure's paths, those of Hugging Face and of compatible APIs, end as OpenAI's do. */
const compatible: Handle = (request, response, served) => {
  const path = /\/(chat\/completions|responses|embeddings)$/.exec(served.path)?.[0] ?? served.path;
  return chat(request, response, { ...served, path: `/v1${path}` });
};

/** By the end of the host's name. */
export const MODELS: readonly (readonly [string, Handle])[] = [
  ['bedrock-runtime.us-east-1.amazonaws.com', bedrock],
  ['generativelanguage.googleapis.com', google],
  ['aiplatform.googleapis.com', google],
  ['api.cohere.com', cohere],
  ['openai.azure.com', compatible],
  ['api.mistral.ai', compatible],
  ['api.groq.com', compatible],
  ['router.huggingface.co', compatible],
];

export const LOCAL_MODELS: Handle = local;

/**
 * Bedrock Converse, and InvokeModel, whose bodies are the vendor's own.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
import { count, field, type JsonObject, list, name, objects, text } from '../json-fields.ts';
import { anthropic } from './anthropic.ts';
import { ask, askOnce, type Call, offer, type Shape, say, used } from './call.ts';
import { cohere } from './cohere.ts';
import { openai } from './openai.ts';

function request(call: Call, body: JsonObject): boolean {
  for (const part of objects(field(body, 'system'))) say(call, field(part, 'text'));
  for (const tool of objects(field(body, 'toolConfig', 'tools'))) {
    const spec = field(tool, 'toolSpec') ?? field(tool, 'systemTool');
    for (const one of objects([spec])) offer(call, field(one, 'name'), one);
  }
  call.conversation ??= text(field(body, 'sessionId'));
  return true;
}

/** What comes from a cache is not in `inputTokens`. */
function usage(call: Call, value: unknown): void {
  const cached = count(field(value, 'cacheReadInputTokens'));
  const input = count(field(value, 'inputTokens')) + count(field(value, 'cacheWriteInputTokens')) + cached;
  used(call, input, field(value, 'outputTokens'), cached);
}

function askUse(call: Call, use: unknown): void {
  const tool = name(field(use, 'name'));
  const id = text(field(use, 'toolUseId'));
  if (id === null) askOnce(call, tool);
  else ask(call, id, tool);
}

function answer(call: Call, value: JsonObject): void {
  usage(call, field(value, 'usage'));
  for (const block of list(field(value, 'output', 'message', 'content')))
    askUse(call, field(block, 'toolUse'));
  // Frames: contentBlockStart names the tool, metadata brings the usage.
  askUse(call, field(value, 'start', 'toolUse') ?? field(value, 'contentBlockStart', 'start', 'toolUse'));
  usage(call, field(value, 'metadata', 'usage'));
}

export const bedrock: Shape = { request, answer };

/** Cross-region profiles put a geography before the vendor: `us.anthropic.claude-…`; in ARNs the id comes last. */
function vendorOf(model: string): string {
  const id = model.slice(model.lastIndexOf('/') + 1);
  return /^(?:[a-z]{2,6}(?:-gov)?\.)?([a-z0-9]+)\./.exec(id)?.[1] ?? '';
}

const VENDORS: ReadonlyMap<string, Shape> = new Map([
  ['anthropic', anthropic],
  ['cohere', cohere],
  ['amazon', bedrock],
  ['mistral', openai],
  ['openai', openai],
  ['deepseek', openai],
  ['qwen', openai],
]);

/** Streams end with a chunk that counts for all vendors alike. */
function metrics(call: Call, value: JsonObject): void {
  const told = field(value, 'amazon-bedrock-invocationMetrics');
  const cached = count(field(told, 'cacheReadInputTokenCount'));
  const written = count(field(told, 'cacheWriteInputTokenCount'));
  const input = count(field(told, 'inputTokenCount')) + cached + written;
  used(call, input, field(told, 'outputTokenCount'), cached);
}

function shapeOf(call: Call, body: JsonObject | null): Shape {
  const known = VENDORS.get(vendorOf(call.requested ?? ''));
  if (known) return known;
  const version = text(body && field(body, 'anthropic_version'));
  return version !== null ? anthropic : openai;
}

/** One reader for a call: with a custom model or profile only the request tells whose shape it is. */
export function bedrockInvoke(): Shape {
  let shape: Shape | null = null;
  return {
    request(call, body) {
      shape = shapeOf(call, body);
      shape.request(call, body);
      return true;
    },
    answer(call, value, event) {
      shape ??= shapeOf(call, null);
      shape.answer(call, value, event);
      metrics(call, value);
      const { generation_token_count: output, prompt_token_count: input } = value;
      used(call, input, output, 0);
    },
  };
}

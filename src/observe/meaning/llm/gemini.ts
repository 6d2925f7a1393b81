/** Gemini generateContent and embedContent, of the Gemini API and of Vertex AI. https://ai.google.dev/api/generate-content */
import { count, field, type JsonObject, name, objects, text } from '../json-fields.ts';
import { answeredBy, askOnce, type Call, offer, type Shape, say, used } from './call.ts';

/** JSON of protocol buffers may use either spelling. */
function either(value: unknown, camel: string, snake: string): unknown {
  return field(value, camel) ?? field(value, snake);
}

/** `{functionDeclarations: […]}`, or a tool of the provider's own: `{googleSearch: {}}`. */
function offerTool(call: Call, tool: JsonObject): void {
  const declared = objects(either(tool, 'functionDeclarations', 'function_declarations'));
  for (const one of declared) offer(call, field(one, 'name'), one);
  if (declared.length === 0) for (const key of Object.keys(tool).slice(0, 8)) offer(call, key, { type: key });
}

function request(call: Call, body: JsonObject): boolean {
  const system = either(body, 'systemInstruction', 'system_instruction');
  say(call, system);
  say(call, field(system, 'text'));
  for (const part of objects(field(system, 'parts'))) say(call, field(part, 'text'));
  for (const tool of objects(field(body, 'tools'))) offerTool(call, tool);
  return ['contents', 'content', 'requests'].some((key) => field(body, key) !== undefined);
}

function usage(call: Call, value: unknown): void {
  const input = count(either(value, 'promptTokenCount', 'prompt_token_count'));
  const answered = count(either(value, 'candidatesTokenCount', 'candidates_token_count'));
  const thought = count(either(value, 'thoughtsTokenCount', 'thoughts_token_count'));
  const cached = either(value, 'cachedContentTokenCount', 'cached_content_token_count');
  used(call, input, answered + thought, cached);
}

function answer(call: Call, value: JsonObject): void {
  answeredBy(call, text(either(value, 'modelVersion', 'model_version')));
  usage(call, either(value, 'usageMetadata', 'usage_metadata'));
  for (const candidate of objects(field(value, 'candidates')))
    for (const part of objects(field(candidate, 'content', 'parts'))) {
      const asked = name(field(either(part, 'functionCall', 'function_call'), 'name'));
      if (asked !== null) askOnce(call, asked);
    }
}

export const gemini: Shape = { request, answer };

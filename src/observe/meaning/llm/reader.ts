/** Reads one exchange with an LLM API: bodies to a call, and at the end its rows. */
import { LLM_RESPONSE_HEADERS, type LlmShape } from '../../../catalog/llm-apis.ts';
import { jsonValue, parseJson } from '../../wire/json.ts';
import type { Ending, ExchangeReader, Headers, Item, RequestHead, ResponseHead } from '../../wire/types.ts';
import { endpointSaid } from '../endpoint.ts';
import { field, list, object, objects, promisesJson, text } from '../json-fields.ts';
import type { World } from '../said.ts';
import { anthropic } from './anthropic.ts';
import { bedrock, bedrockInvoke } from './bedrock.ts';
import { type Call, createCall, type Shape, used } from './call.ts';
import { cohere } from './cohere.ts';
import { gemini } from './gemini.ts';
import { ollama } from './ollama.ts';
import { openai } from './openai.ts';
import { openaiResponses } from './openai-responses.ts';
import { plain } from './plain.ts';
import type { Match } from './route.ts';
import { callRows } from './rows.ts';
import { noteConversation } from './session.ts';

const SHAPES = {
  openai: () => openai,
  'openai-responses': () => openaiResponses,
  anthropic: () => anthropic,
  gemini: () => gemini,
  bedrock: () => bedrock,
  'bedrock-invoke': bedrockInvoke,
  cohere: () => cohere,
  ollama: () => ollama,
  plain: () => plain,
} as const satisfies Record<LlmShape, () => Shape>;

const DENIALS = /auth|permission|forbidden|access.?denied|invalid_api_key|unrecognizedclient|expiredtoken/i;

/** `error` is an object with type, status or code; or a text. */
function noteError(call: Call, value: unknown): void {
  const error = field(value, 'error');
  if (typeof error !== 'string' && !object(error)) return;
  call.failed = true;
  const kinds = ['type', 'status', 'code'].map((key) => text(field(error, key)) ?? '');
  if (kinds.some((kind) => DENIALS.test(kind))) call.denied = true;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** A frame of InvokeModel wraps the vendor's chunk. */
function unwrapped(value: unknown): unknown {
  const bytes = text(field(value, 'bytes') ?? field(value, 'chunk', 'bytes'));
  return bytes !== null && BASE64.test(bytes) ? jsonValue(Buffer.from(bytes, 'base64')) : value;
}

/** APIs that say so by their path; others do in the body, or answer that way. */
const STREAMS = /stream[^/]*$/i;

type Reading = {
  call: Call;
  shape: Shape;
  /** The request's body is of the shape that its path promises. */
  confirmed: boolean;
  /** The request was seen, whole and well. */
  complete: boolean;
  malformed: boolean;
  /** That the answer is no JSON may be as it should. */
  lenient: boolean;
  /** A body was longer than what was captured: what came before was read. */
  cut: boolean;
  /** The answer's own last event came: whoever hangs up behind it has missed nothing. */
  over: boolean;
  /** Bytes were lost before that. */
  gap: boolean;
};

/** Of Chat Completions; of Messages; of Responses. */
const LAST_TEXT = '[DONE]';
const LAST_EVENTS: ReadonlySet<unknown> = new Set([
  'message_stop',
  'response.completed',
  'response.incomplete',
  'response.failed',
]);

function readRequest(reading: Reading, item: Item): void {
  if (item.t !== 'body' || item.bytes.length === 0) return;
  const read = parseJson(item.bytes);
  const body = 'value' in read ? object(read.value) : null;
  const cut = item.truncated || ('value' in read && read.cut);
  reading.cut ||= cut;
  reading.complete = body !== null && !cut;
  if (!body) {
    reading.malformed = true;
    return;
  }
  if (reading.shape.request(reading.call, body)) reading.confirmed = true;
  noteConversation(reading.call, body);
}

function readValue({ call, shape }: Reading, value: unknown, event: string | null): void {
  for (const one of Array.isArray(value) ? objects(list(value)) : objects([value])) {
    noteError(call, one);
    noteError(call, field(one, 'response'));
    shape.answer(call, one, event);
  }
}

function readFrame(reading: Reading, { headers, payload }: Extract<Item, { t: 'frame' }>): void {
  const { call } = reading;
  const kind = headers.get(':message-type') ?? 'event';
  const event = headers.get(':event-type') ?? null;
  if (kind === 'exception' || kind === 'error') {
    call.failed = true;
    if (DENIALS.test(headers.get(':exception-type') ?? headers.get(':error-code') ?? '')) call.denied = true;
  } else if (payload.length > 0) readValue(reading, unwrapped(parsed(reading, payload)), event);
}

function parsed(reading: Reading, input: Uint8Array | string): unknown {
  const read = parseJson(input);
  if ('malformed' in read) {
    reading.malformed ||= !reading.lenient;
    return undefined;
  }
  reading.cut ||= read.cut;
  return read.value;
}

function readAnswer(reading: Reading, item: Item): void {
  if (item.t === 'body') {
    if (item.bytes.length > 0) readValue(reading, parsed(reading, item.bytes), null);
    return;
  }
  if (item.t !== 'message') reading.call.streamed = true;
  if (item.t === 'frame') readFrame(reading, item);
  else if (item.t === 'sse' && item.event === 'error') reading.call.failed = true;
  if (item.t === 'sse' || item.t === 'line') readEvent(reading, item);
}

function readEvent(reading: Reading, item: Extract<Item, { t: 'sse' | 'line' }>): void {
  const line = (item.t === 'sse' ? item.data : item.text).trim();
  if (line === LAST_TEXT) reading.over = true;
  if (line === '' || line === LAST_TEXT) return;
  const value = parsed(reading, line);
  if (LAST_EVENTS.has(field(value, 'type'))) reading.over = true;
  readValue(reading, value, item.t === 'sse' ? item.event : null);
}

/** Bedrock tells the counts of a whole answer in headers alone, whatever the vendor's body. */
function readHeaders({ call }: Reading, headers: Headers): string | null {
  const input = Number(headers.get('x-amzn-bedrock-input-token-count') ?? 0);
  used(call, input, Number(headers.get('x-amzn-bedrock-output-token-count') ?? 0), 0);
  for (const name of headers.keys()) {
    const known = LLM_RESPONSE_HEADERS.find(({ prefix }) => name.startsWith(prefix));
    if (known) return known.provider;
  }
  return null;
}

/** A path that others use too needs a second witness: host, header or body; of a request that was lost, the answer. */
function isOurs(
  { route, provider }: Match,
  reading: Reading,
  head: RequestHead,
  server: string | null,
): boolean {
  if (route.certain || provider !== null || reading.confirmed || server !== null) return true;
  if (route.shape === 'anthropic' && head.headers.has('anthropic-version')) return true;
  return !reading.complete && reading.call.answered.size > 0;
}

function endingOf({ malformed, cut, over, gap }: Reading, ended: Ending): Ending {
  return {
    ...ended,
    malformed: ended.malformed || malformed,
    truncated: ended.truncated || cut,
    gap: over ? gap : ended.gap,
    cut: ended.cut && !over,
  };
}

export function llmReader(world: World, head: RequestHead, match: Match): ExchangeReader {
  const call = createCall();
  Object.assign(call, { requested: match.model, alias: match.alias, conversation: match.session });
  call.streamed = STREAMS.test(match.place.path);
  const reading: Reading = {
    call,
    shape: SHAPES[match.route.shape](),
    confirmed: false,
    complete: false,
    malformed: false,
    lenient: false,
    cut: false,
    over: false,
    gap: false,
  };
  let response: ResponseHead | null = null;
  let server: string | null = null;
  return {
    item(side, item) {
      if (side === 'request') readRequest(reading, item);
      else readAnswer(reading, item);
    },
    response(answer) {
      response = answer;
      reading.lenient = !promisesJson(answer);
      server = readHeaders(reading, answer.headers);
    },
    gap() {
      reading.gap ||= !reading.over;
    },
    end(ended) {
      const status = (response as ResponseHead | null)?.status ?? null;
      const ending = endingOf(reading, ended);
      if (!isOurs(match, reading, head, server))
        return world.say(endpointSaid(head, match.place, status, ended));
      const { complete } = reading;
      const rows = callRows(world, {
        head,
        match,
        call,
        status,
        server,
        complete: complete && !ending.gap,
        ending,
      });
      for (const row of rows) world.say(row);
    },
  };
}

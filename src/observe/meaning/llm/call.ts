/** One call of a model, as its bodies are read. Texts stay here until the call ended and are then hashed or dropped. */
import { count, type JsonObject, name } from '../json-fields.ts';

export type Tool = { name: string; definition: JsonObject };

export type Call = {
  requested: string | null;
  /** A deployment, agent or endpoint that stands for a model. */
  alias: string | null;
  answered: Set<string>;
  /** On offer, all of them; what is kept of each is for the tools hash. */
  offered: Tool[];
  offers: number;
  /** Tools of remote servers, as the answer lists them. */
  listed: Set<string>;
  /** In the order asked for, by what identifies the request within the answer: names may come in pieces. */
  asked: Map<string, string>;
  /** MCP servers that the provider itself connects to: `label host`. */
  servers: Set<string>;
  /** Stores that the provider itself retrieves from. */
  stores: Set<string>;
  system: string[];
  tokens: { input: number; output: number; cached: number };
  conversation: string | null;
  /** Of the Responses API: the answer that this one continues, and its own id. */
  previous: string | null;
  answerId: string | null;
  streamed: boolean;
  failed: boolean;
  denied: boolean;
};

/** What reads the bodies of one API family. */
export type Shape = {
  /** Returns whether the body is of this shape, as far as can be told. */
  request(call: Call, body: JsonObject): boolean;
  /** One value of the answer: the whole, or an event, line or frame of a stream, with its name. */
  answer(call: Call, value: JsonObject, event: string | null): void;
};

const MAX_TOOLS = 4_096;
const MAX_ASKED = 256;
const MAX_SYSTEM = 64;

export function createCall(): Call {
  return {
    requested: null,
    alias: null,
    answered: new Set(),
    offered: [],
    offers: 0,
    listed: new Set(),
    asked: new Map(),
    servers: new Set(),
    stores: new Set(),
    system: [],
    tokens: { input: 0, output: 0, cached: 0 },
    conversation: null,
    previous: null,
    answerId: null,
    streamed: false,
    failed: false,
    denied: false,
  };
}

export function offer(call: Call, value: unknown, definition: JsonObject): void {
  const tool = name(value);
  if (tool === null) return;
  call.offers++;
  if (call.offered.length < MAX_TOOLS) call.offered.push({ name: tool, definition });
}

/** @param key what the request has in common with its other pieces or repetitions. */
export function ask(call: Call, key: string, value: unknown): void {
  const tool = name(value);
  if (tool !== null && !call.asked.has(key) && call.asked.size < MAX_ASKED) call.asked.set(key, tool);
}

/** A name in pieces. A server that repeats the whole name in every delta says nothing new. */
export function askMore(call: Call, key: string, value: unknown): void {
  const piece = name(value);
  const known = call.asked.get(key);
  if (known === undefined || piece === null) ask(call, key, piece);
  else if (piece !== known) call.asked.set(key, name(known + piece)!);
}

/** A new request each time: for streams that never repeat one. */
export function askOnce(call: Call, value: unknown): void {
  ask(call, `#${call.asked.size}`, value);
}

export function answeredBy(call: Call, value: unknown): void {
  const model = name(value);
  if (model !== null && call.answered.size < 16) call.answered.add(model);
}

export function say(call: Call, text: unknown): void {
  if (typeof text === 'string' && call.system.length < MAX_SYSTEM) call.system.push(text);
}

/** Streams repeat running totals, so the largest counts. `input` includes what was read from a cache. */
export function used(call: Call, input: unknown, output: unknown, cached: unknown): void {
  const { tokens } = call;
  tokens.input = Math.max(tokens.input, count(input));
  tokens.output = Math.max(tokens.output, count(output));
  tokens.cached = Math.max(tokens.cached, count(cached));
}

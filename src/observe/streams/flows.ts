/**
 * Who did what for whom, by causal order: a model's answer asks for a tool, the tool is called, an API is called for
 * it, data is touched under an identity. Only what the order proves is said; where two things could be the cause,
 * none is.
 */
import type { Said } from '../meaning/said.ts';
import { servedKey, servedNames } from './tool-names.ts';

/** Of one process and what it starts. */
export type FlowState = {
  /** Tools that the latest answer of a model asked for: by each name that one may have at its server, that name. */
  asked: ReadonlyMap<string, string>;
  /** The prompt template under which it was asked. */
  template: string | null;
  /** Tools that a server was seen to do, by their keys: what this process does itself is not their doing. */
  served: Set<string>;
  /** The tool that was called last, for what follows what. */
  lastTool: string | null;
};

export function createFlowState(): FlowState {
  return { asked: new Map(), template: null, served: new Set(), lastTool: null };
}

const NOBODY = '-';
const MAX_SERVED = 4096;
const API_KINDS: ReadonlySet<Said['kind']> = new Set(['cloud-action', 'kubernetes-action', 'http-endpoint']);

/**
 * What follows from one exchange's or call's sayings.
 *
 * @param tool for which the process works; null: not known.
 * @returns the rows that are to be said as well.
 */
export function connect(state: FlowState, said: readonly Said[], tool: string | null): Said[] {
  const more: Said[] = [];
  for (const one of said) {
    if (one.kind === 'llm-call') answered(state, one);
    if (one.kind === 'tool-call') more.push(...called(state, one));
  }
  // A model asked through a cloud's API is the agent's next turn, and no doing of the tool that it asks for.
  const turn = said.some(({ kind }) => kind === 'llm-call');
  const inProcess = tool ?? (turn ? null : ownTool(state));
  return inProcess === null ? more : [...more, ...flows(said, inProcess)];
}

function answered(state: FlowState, { asksFor, words }: Said): void {
  if (asksFor) state.asked = new Map(asksFor.flatMap((name) => servedNames(name).map((key) => [key, name])));
  state.template = words?.promptTemplates?.[0] ?? state.template;
}

/** The one tool that the model asked for and this process does itself. */
function ownTool({ asked, served }: FlowState): string | null {
  const [only, ...others] = new Set(asked.values());
  if (only === undefined || others.length > 0) return null;
  return [...asked.keys()].some((key) => served.has(key)) ? null : only;
}

/** `a → b`: b was called next after a. And which prompt template led to the call, where the model asked for it. */
function called(state: FlowState, call: Said): Said[] {
  const { subject, at, session } = call;
  const tool = servedKey(call.tool ?? subject.slice(subject.lastIndexOf('/') + 1));
  const before = state.lastTool;
  state.lastTool = subject;
  if (state.served.size < MAX_SERVED) state.served.add(tool);
  const sequence = { kind: 'tool-sequence' as const, at, session };
  const wanted = state.asked.has(tool) && state.template !== null;
  return [
    ...(before === null ? [] : [{ ...sequence, subject: `${before} → ${subject}` }]),
    ...(wanted ? [{ ...sequence, subject: `prompt:${state.template} → ${subject}` }] : []),
  ];
}

/** One row an API call: tool → API → data → identity. A store that is no API of a cloud is reached directly. */
function flows(said: readonly Said[], tool: string): Said[] {
  const data = said.find(({ kind }) => kind === 'data-access');
  const apis = said.filter(({ kind }) => API_KINDS.has(kind));
  const reached = apis.length > 0 ? apis : data ? [data] : [];
  return reached.map((one) =>
    flow([tool, one === data ? NOBODY : one.subject, data?.subject ?? NOBODY], one),
  );
}

function flow(path: readonly string[], { principal, at, session, error, denied }: Said): Said {
  return {
    kind: 'flow',
    subject: [...path, principal ?? NOBODY].join(' → '),
    at,
    session,
    error: error ?? false,
    denied: denied ?? false,
  };
}

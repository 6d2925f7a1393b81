/** What a call of a model says. Subjects are `<provider or authority>/<requested model>`; `?` where none was seen. */
import type { Ending, RequestHead } from '../../wire/types.ts';
import { canonical } from '../canonical-json.ts';
import { outcome, readingSums } from '../endpoint.ts';
import { type PromptTemplate, promptTemplate } from '../prompt-template.ts';
import type { Said, World } from '../said.ts';
import type { Call } from './call.ts';
import type { Match } from './route.ts';
import { sessionOf } from './session.ts';

export type Exchange = {
  head: RequestHead;
  match: Match;
  call: Call;
  status: number | null;
  /** Whose answer its headers show it to be, where the host does not tell. */
  server: string | null;
  /** The request was read whole, so that its list of tools is complete. */
  complete: boolean;
  ending: Ending;
};

/** Names per call; their number is counted whatever it is. */
const MAX_NAMES = 256;

export function subjectOf({ where, model }: Match, call: Call): string {
  return `${where}/${call.alias ?? model ?? call.requested ?? '?'}`;
}

/**
 * One hash for the tools on offer, whatever their order: HMAC over name, description and schema of each. Keyed, since
 * descriptions and schemas may hold what is private. Null: not all of them were seen.
 */
export function toolsHash(
  world: World,
  { call, complete }: Pick<Exchange, 'call' | 'complete'>,
): string | null {
  if (!complete || call.offers === 0 || call.offers > call.offered.length) return null;
  const tools = call.offered.map(({ name, definition }) => canonical([name, definition])).sort();
  return world.fingerprint(`llm-tools\0${tools.join('\n')}`);
}

type Words = Record<string, readonly string[]>;

function nonEmpty(words: Record<string, Iterable<string>>): Words {
  const kept = Object.entries(words).map(
    ([key, list]) => [key, [...new Set(list)].slice(0, MAX_NAMES)] as const,
  );
  return Object.fromEntries(kept.filter(([, list]) => list.length > 0));
}

function wordsOf(exchange: Exchange, hash: string | null, prompt: PromptTemplate | null): Words {
  const { call, match } = exchange;
  return nonEmpty({
    providers: [match.provider ?? exchange.server ?? []].flat(),
    hosts: [match.place.authority],
    requested: [call.requested ?? match.model ?? []].flat(),
    answered: call.answered,
    aliases: call.alias === null ? [] : [call.alias],
    tools: [...call.offered.map(({ name }) => name), ...call.listed],
    toolsHash: hash === null ? [] : [hash],
    toolsAsked: call.asked.values(),
    promptTemplates: prompt === null ? [] : [prompt.id],
    mcpServers: call.servers,
    vectorStores: call.stores,
  });
}

function sumsOf({ call, ending }: Exchange, prompt: PromptTemplate | null): Record<string, number> {
  const { input, output, cached } = call.tokens;
  const sums = {
    ...readingSums(ending),
    streamed: call.streamed ? 1 : 0,
    inputTokens: input,
    outputTokens: output,
    cachedTokens: cached,
    toolsOffered: call.offers,
    toolsAsked: call.asked.size,
    promptsCut: prompt?.truncated ? 1 : 0,
  };
  return Object.fromEntries(Object.entries(sums).filter(([, value]) => value > 0));
}

const MAX_ALIASES = 256;

/** From now on this name is answered by that model: told where the two differ, and when they agree again. */
function aliasEpoch(world: World, { match, call }: Exchange, subject: string): Said['epoch'] {
  if (call.answered.size === 0) return undefined;
  const aliases = world.keep('llm-aliases', () => new Set<string>());
  const members = [...call.answered].sort();
  const asked = call.alias === null ? (match.model ?? call.requested) : null;
  const differs = asked === null || members.some((model) => model !== asked);
  if (!differs && !aliases.has(subject)) return undefined;
  if (aliases.size < MAX_ALIASES) aliases.add(subject);
  return {
    thing: 'model-alias',
    subject,
    hash: world.fingerprint(`llm-alias\0${members.join('\n')}`),
    members,
  };
}

function callSaid(world: World, exchange: Exchange, prompt: PromptTemplate | null): Said {
  const { call, match, head, status, ending } = exchange;
  const subject = subjectOf(match, call);
  const base = outcome(status, ending);
  const epoch = aliasEpoch(world, exchange, subject);
  return {
    kind: 'llm-call',
    subject,
    context: match.route.api,
    ...base,
    error: base.error === true || call.failed || call.denied,
    denied: base.denied === true || call.denied,
    session: sessionOf(world, call, head.headers),
    sums: sumsOf(exchange, prompt),
    words: wordsOf(exchange, toolsHash(world, exchange), prompt),
    ...(epoch ? { epoch } : {}),
    asksFor: [...call.asked.values()],
  };
}

function promptSaid(world: World, called: Said, prompt: PromptTemplate): Said {
  const { subject, at, session, words } = called;
  return {
    kind: 'prompt-template',
    subject: prompt.id,
    context: subject,
    at,
    session,
    words: nonEmpty({
      models: [subject],
      tools: words?.toolsHash ?? [],
      toolsAsked: words?.toolsAsked ?? [],
    }),
    epoch: {
      thing: 'prompt-template',
      subject,
      hash: world.fingerprint(`prompt-templates\0${prompt.inUse.join('\n')}`),
      members: prompt.inUse,
    },
  };
}

/**
 * Prompt × tool asked for: rows whose counts, and cells whose sessions, are the association. Tools that run inside the
 * agent's process are seen nowhere else; those called over MCP have a row of their own (`prompt:… → server/tool`).
 */
function associations({ at, session, asksFor, subject }: Said, prompt: PromptTemplate): Said[] {
  return (asksFor ?? []).map((tool) => ({
    kind: 'tool-sequence',
    subject: `prompt:${prompt.id} → asks:${tool}`,
    context: subject,
    at,
    session,
  }));
}

/** The remote model that answered, as an artifact: `remote:<provider or authority>/<model>`. */
function modelSaid({ call, match }: Exchange, called: Said): Said[] {
  const answered = call.answered.size > 0 ? [...call.answered] : [match.model ?? call.requested ?? []].flat();
  return answered.map((model) => ({
    kind: 'model',
    subject: `remote:${match.where}/${model}`,
    context: match.place.authority,
    at: called.at,
    session: called.session,
  }));
}

/** In causal order: the prompt, the call, the model that answered, what its answer asks for. */
export function callRows(world: World, exchange: Exchange): Said[] {
  const { call, match, status } = exchange;
  const prompt = promptTemplate(world, subjectOf(match, call), call.system.join('\n'));
  const called = callSaid(world, exchange, prompt);
  const succeeded = status !== null && status < 300 && called.error !== true;
  return [
    ...(prompt ? [promptSaid(world, called, prompt)] : []),
    called,
    ...(succeeded ? modelSaid(exchange, called) : []),
    ...(prompt ? associations(called, prompt) : []),
  ];
}

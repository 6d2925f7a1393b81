/** What the agent's log holds of what it said, in the words of a snapshot. */
import type { TruthRecord } from '../../fixtures/agent/truth.ts';
import { ofKind } from './truths.ts';

export type Truth = readonly TruthRecord[];

export const SERVER = 'node:/app/tools-server.ts';
export const MODEL = 'llm-gateway.llm.svc.cluster.local/gateway-large';
/** What peers/llm-endpoint.ts says of each answer that is not streamed. */
const USAGE = { inputTokens: 100, outputTokens: 20 };

export const toolCalls = (truth: Truth) =>
  ofKind(truth, 'tool-call').map((one) => ({ ...one, subject: `${SERVER}/${one.tool}` }));
export const listings = (truth: Truth) => ofKind(truth, 'catalog').filter(({ side }) => side === 'client');
export const chats = (truth: Truth) => ofKind(truth, 'llm-call').map((one) => ({ ...one, subject: MODEL }));

/** The page, and the kind of entity: which one is no part of the shape. */
function endpoint(method: string, url: string): string {
  const { host, pathname } = new URL(url);
  return `${method} ${host}${pathname.replace(/^\/v1\/entities\/[^/]+$/, '/v1/entities/{}')}`;
}

/** A refused connection carries no request. */
export const requests = (truth: Truth) =>
  ofKind(truth, 'request')
    .filter(({ status }) => status !== 'failed')
    .map((one) => ({ ...one, subject: endpoint(one.method, one.url) }));

export const apiCalls = (truth: Truth) =>
  ofKind(truth, 'api-call').map((one) => {
    const [, namespace, resource] = /^\/api\/v1\/namespaces\/([^/]+)\/([^/]+)$/.exec(one.path)!;
    return { ...one, subject: `${one.verb} ${resource}`, context: `${namespace}/` };
  });

const PRINCIPAL = 'system:serviceaccount:research:report-agent';

export function flows(truth: Truth): string[] {
  const served = [...requests(truth), ...apiCalls(truth)].filter(({ within }) => within !== null);
  return served.map(
    ({ kind, within, subject }) => `${within} → ${subject} → - → ${kind === 'api-call' ? PRINCIPAL : '-'}`,
  );
}

/** Each client has a server of its own, which notes the calls in the order of its answers. */
export function bigrams(truth: Truth): string[] {
  const before = new Map<number, string>();
  return toolCalls(truth).flatMap(({ pid, subject }) => {
    const last = before.get(pid);
    before.set(pid, subject);
    return last === undefined ? [] : [`${last} → ${subject}`];
  });
}

/** Catalogs, each once: which client saw which state when is its own affair. */
export const catalogs = (truth: Truth) =>
  new Set(listings(truth).map(({ tools }) => tools.toSorted().join(',')));

export function chatDetails(truth: Truth): Map<string, number> {
  const plain = chats(truth).filter(({ stream }) => !stream).length;
  const offered = new Set(listings(truth).flatMap(({ tools }) => tools));
  return new Map([
    ['requested gateway-large', 1],
    ['answered gateway-large', 1],
    ...[...offered].map((tool) => [`tools ${tool}`, 1] as const),
    ['streamed', chats(truth).length - plain],
    ['inputTokens', plain * USAGE.inputTokens],
    ['outputTokens', plain * USAGE.outputTokens],
    ['toolsAsked', toolCalls(truth).length],
    ...[...new Set(toolCalls(truth).map(({ tool }) => `toolsAsked ${tool}`))].map((one) => [one, 1] as const),
  ]);
}

/** Each client greets its server once, lists its tools, and calls them. */
export function mcpRequests(truth: Truth): string[] {
  const clients = new Set(listings(truth).map(({ pid }) => pid));
  return Array(clients.size + listings(truth).length + toolCalls(truth).length).fill(SERVER);
}

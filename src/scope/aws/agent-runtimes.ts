/**
 * Runtimes of Bedrock AgentCore are invoked through an endpoint, and both have to let the caller in (AgentCore Developer
 * Guide, "Hierarchical authorization for agent runtime and endpoint").
 */
import type { Answer } from '../../model/query.ts';

export type Invocation = {
  runtime: string;
  /** Null: none is named. */
  endpoint: string | null;
};
type Ask = (resource: string) => Answer;

const RUNTIME = /^(arn:[^:]+:bedrock-agentcore:[^:]*:[^:]*:runtime\/[^/*?]+)(\/.+)?$/;
/** Worst first. */
const ORDER = ['deny', 'cannot-tell', 'conditional', 'allow'] as const;

/** `action`: in lower case. Null: it is no invocation of one runtime. */
export function invocationOf(action: string, resource: string | null): Invocation | null {
  if (resource === null || !action.startsWith('bedrock-agentcore:invokeagentruntime')) return null;
  const [, runtime, endpoint] = RUNTIME.exec(resource) ?? [];
  return runtime === undefined ? null : { runtime, endpoint: endpoint === undefined ? null : resource };
}

/** `resources`: those that have policies. */
export function invoke(ask: Ask, { runtime, endpoint }: Invocation, resources: Iterable<string>): Answer {
  const own = ask(runtime);
  if (own.verdict === 'deny') return own;
  const through = endpoint === null ? throughAny(ask, runtime, resources) : ask(endpoint);
  return both(own, through);
}

/** One of those that have policies may let in whom the others do not. */
function throughAny(ask: Ask, runtime: string, resources: Iterable<string>): Answer {
  let best = ask(`${runtime}/*`);
  for (const resource of resources) {
    if (best.verdict === 'allow') return best;
    if (!resource.startsWith(`${runtime}/`)) continue;
    const found = onlyThrough(ask(resource), resource);
    if (rank(found) > rank(best)) best = found;
  }
  return best;
}

function onlyThrough(answer: Answer, endpoint: string): Answer {
  if (answer.verdict !== 'allow' && answer.verdict !== 'conditional') return answer;
  const condition = `it is invoked through ${endpoint}`;
  const conditions = [...answer.conditions, condition];
  return { ...answer, verdict: 'conditional', reason: `${answer.reason}, if ${condition}`, conditions };
}

function both(runtime: Answer, endpoint: Answer): Answer {
  const worse = rank(endpoint) < rank(runtime) ? endpoint : runtime;
  if (worse.verdict === 'deny' || worse.verdict === 'cannot-tell') return worse;
  const conditions = [...new Set([...runtime.conditions, ...endpoint.conditions])];
  return { ...worse, path: [...runtime.path, ...endpoint.path], conditions };
}

function rank({ verdict }: Answer): number {
  return ORDER.indexOf(verdict);
}

/** Calls of language models over HTTP, by any provider or gateway (`catalog/llm-apis.ts`). */
import type { OpenExchange } from '../wire/types.ts';
import { llmReader } from './llm/reader.ts';
import { matchRoute } from './llm/route.ts';
import type { World } from './said.ts';

/** Null for requests that go to no path of an LLM API. */
export function readLlm(world: World): OpenExchange {
  return (head) => {
    const match = matchRoute(head);
    return match && llmReader(world, head, match);
  };
}

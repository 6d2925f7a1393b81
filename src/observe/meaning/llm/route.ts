/** Which API a request belongs to, by method, path and host. */
import { LLM_PROVIDERS, LLM_ROUTES, type LlmRoute } from '../../../catalog/llm-apis.ts';
import type { RequestHead } from '../../wire/types.ts';
import { name } from '../json-fields.ts';
import { type Place, placeOf } from '../request-target.ts';

export type Match = {
  route: LlmRoute;
  place: Place;
  provider: string | null;
  /** What stands before the model in subjects: the provider's name, or the authority where that says more. */
  where: string;
  model: string | null;
  alias: string | null;
  session: string | null;
};

/** Publisher's models are named with it, as Vertex AI does: `anthropic/claude-sonnet-4`. */
function modelOf({ model, publisher }: Record<string, string | undefined>): string | null {
  if (model === undefined) return null;
  return name(publisher === undefined || publisher === 'google' ? model : `${publisher}/${model}`);
}

/** Null: no path of an LLM API. All of their calls are POSTs. */
export function matchRoute(head: RequestHead): Match | null {
  if (head.method !== 'POST') return null;
  const place = placeOf(head);
  for (const route of LLM_ROUTES) {
    const found = route.path.exec(place.path);
    if (!found || (route.hosts && !route.hosts.test(place.host))) continue;
    const provider = LLM_PROVIDERS.find(({ hosts }) => hosts.test(place.host));
    const groups = found.groups ?? {};
    return {
      route,
      place,
      provider: provider?.name ?? null,
      where: provider && !provider.tenant ? provider.name : place.authority,
      model: modelOf(groups),
      alias: name(groups.deployment),
      session: name(groups.session),
    };
  }
  return null;
}

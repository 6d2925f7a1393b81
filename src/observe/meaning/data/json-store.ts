/** Vector stores and databases with JSON over HTTP (`catalog/vector-stores.ts`). */
import { STORE_ROUTES, type StoreRoute } from '../../../catalog/vector-stores.ts';
import { parseJson } from '../../wire/json.ts';
import type { ExchangeReader, Item, RequestHead } from '../../wire/types.ts';
import { endpointSaid } from '../endpoint.ts';
import { field, name, objects, promisesJson, text } from '../json-fields.ts';
import type { Place } from '../request-target.ts';
import type { Said, World } from '../said.ts';
import { countAt, firstCount, valuesAt } from './json-count.ts';
import { type Access, accessSaid, vectorSaids } from './rows.ts';

const DEFAULT_METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Every request of every protocol comes by here: no look at the routes that its method rules out. */
const BY_METHOD = new Map(
  DEFAULT_METHODS.map((method) => [
    method,
    STORE_ROUTES.filter(({ methods = DEFAULT_METHODS }) => methods.includes(method)),
  ]),
);

function fits(route: StoreRoute, { headers }: RequestHead, place: Place): boolean {
  if (route.port !== undefined && !place.authority.endsWith(`:${route.port}`)) return false;
  if (route.hosts && !route.hosts.test(place.host)) return false;
  if (route.header && !route.header[1].test(headers.get(route.header[0]) ?? '')) return false;
  return route.path.test(place.path);
}

/** All that may fit: which one does may depend on the body. */
export function storeRoutes(head: RequestHead, place: Place): StoreRoute[] {
  return BY_METHOD.get(head.method)?.filter((route) => fits(route, head, place)) ?? [];
}

/** The class that a GraphQL query of Weaviate asks for: `{ Get { Article(…) { … } } }`. */
const WEAVIATE_CLASS = /\b(?:Get|Aggregate)\s{0,64}\{\s{0,64}([A-Z]\w{0,127})/;

function collectionOf(route: StoreRoute, place: Place, body: unknown): string {
  const inPath = route.path.exec(place.path)?.groups;
  const told = inPath?.collection ?? inPath?.quoted ?? route.hosts?.exec(place.host)?.groups?.collection;
  const [asked] = route.collection ? valuesAt(body, route.collection) : [];
  if (route.store === 'weaviate' && route.asks?.[0] === 'query') {
    const [query] = valuesAt(body, ['query']);
    return WEAVIATE_CLASS.exec((text(query) ?? '').slice(0, 65_536))?.[1] ?? '?';
  }
  return name(told) ?? name(asked) ?? '?';
}

const MAX_NAMES = 1_024;

const namesIn = (world: World): Map<string, string> => world.keep('store-collections', () => new Map());

/** One collection, or a list of them. */
function learnNames(world: World, answer: unknown): void {
  const known = namesIn(world);
  for (const one of objects(Array.isArray(answer) ? answer : [answer])) {
    const [id, called] = [name(field(one, 'id')), name(field(one, 'name'))];
    if (id !== null && called !== null && known.size < MAX_NAMES) known.set(id, called);
  }
}

type Reading = {
  request: unknown;
  response: unknown;
  malformed: boolean;
  truncated: boolean;
  /** That the answer is no JSON may be as it should. */
  lenient: boolean;
};

function note(reading: Reading, side: 'request' | 'response', item: Item): void {
  if (item.t !== 'body' || item.bytes.length === 0) return;
  const read = parseJson(item.bytes);
  if ('value' in read) reading[side] = read.value;
  // Bulk requests are lines of JSON, not one value.
  else if (side === 'response' && !reading.lenient) reading.malformed = true;
  reading.truncated ||= item.truncated || ('value' in read && read.cut);
}

/** The first whose demands the body meets; without a body, the first that asks nothing of it. */
function chosen(routes: readonly StoreRoute[], { request }: Reading, place: Place): StoreRoute | null {
  return (
    routes.find(
      ({ asks }) =>
        !asks || valuesAt(request, asks).length > 0 || (asks.length === 1 && place.query.has(asks[0]!)),
    ) ?? null
  );
}

function records({ hits, sent }: StoreRoute, { request, response }: Reading): number | null {
  const returned = hits ? firstCount(response, hits) : null;
  return returned ?? (sent ? countAt(request, sent) : null);
}

const DENIALS = /AccessDenied|Unauthorized|UnrecognizedClient|ExpiredToken|InvalidSignature/i;

/** AWS answers 400 to a denied call of its JSON protocols, and names the error. */
function denied({ response }: Reading): boolean {
  return valuesAt(response, ['__type']).some((type) => DENIALS.test(text(type) ?? ''));
}

function saids(route: StoreRoute, place: Place, access: Access): Said[] {
  return [...(route.vector ? vectorSaids(route.store, place, access) : []), accessSaid(access)];
}

export function jsonStoreReader(
  world: World,
  head: RequestHead,
  place: Place,
  routes: readonly StoreRoute[],
): ExchangeReader {
  const reading: Reading = {
    request: undefined,
    response: undefined,
    malformed: false,
    truncated: false,
    lenient: false,
  };
  let status: number | null = null;
  return {
    item: (side, item) => note(reading, side, item),
    response(answer) {
      status = answer.status;
      reading.lenient = !promisesJson(answer);
    },
    end(ended) {
      const route = chosen(routes, reading, place);
      if (!route) return world.say(endpointSaid(head, place, status, ended));
      if (route.names && status !== null && status < 300) learnNames(world, reading.response);
      const collection = collectionOf(route, place, reading.request);
      const ending = {
        ...ended,
        malformed: ended.malformed || reading.malformed,
        truncated: ended.truncated || reading.truncated,
      };
      const subject = `${route.store}/${namesIn(world).get(collection) ?? collection}`;
      const access: Access = {
        subject,
        operation: route.operation,
        records: records(route, reading),
        ...{ head, status, ending, denied: denied(reading) },
      };
      for (const said of saids(route, place, access)) world.say(said);
    },
  };
}

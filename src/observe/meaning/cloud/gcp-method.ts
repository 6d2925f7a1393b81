/**
 * The id of a Google API method by its path, for APIs that follow Google's own rules (https://google.aip.dev/127, /136):
 * collections in turn with ids, and a custom verb behind a colon. What does not follow them is in the catalog.
 */

const ITEM: ReadonlyMap<string, string> = new Map([
  ['GET', 'get'],
  ['PATCH', 'patch'],
  ['PUT', 'update'],
  ['DELETE', 'delete'],
]);
const COLLECTION: ReadonlyMap<string, string> = new Map([
  ['GET', 'list'],
  ['POST', 'create'],
]);

export type GcpPath = {
  /** Without version; ids as `{}`. */
  segments: readonly string[];
  /** Behind the colon. */
  verb: string | null;
};

const VERSION = /^v\d+(?:p\d+)?(?:(?:alpha|beta)\d*)?(?:p\d+)?(?:b\d+)?$/;
const VERB = /^[a-z][A-Za-z0-9]{1,80}$/;

/** Cuts `name:verb`, and the version in front. */
export function gcpPath(segments: readonly string[]): GcpPath {
  const own = VERSION.test(segments[0] ?? '') ? segments.slice(1) : [...segments];
  const last = own.at(-1) ?? '';
  const colon = last.lastIndexOf(':');
  const verb = last.slice(colon + 1);
  if (colon < 0 || !VERB.test(verb)) return { segments: own, verb: null };
  return { segments: [...own.slice(0, -1), last.slice(0, colon)], verb };
}

/** Words of which the ids of a service's methods are made: a path may hold anything else. */
export type Vocabulary = ReadonlySet<string>;

/** `secretmanager.projects.secrets.versions.access`. Null: the path does not follow the rules. */
export function ruledMethod(
  service: string,
  method: string,
  { segments, verb }: GcpPath,
  vocabulary: Vocabulary,
): string | null {
  const collections = segments.filter((_, i) => i % 2 === 0).filter((one) => one !== '');
  const item = segments.length % 2 === 0;
  const name = verb ?? (item ? ITEM : COLLECTION).get(method);
  if (name === undefined || collections.length === 0) return null;
  return [...collections, name].every((one) => vocabulary.has(one))
    ? [service, ...collections, name].join('.')
    : null;
}

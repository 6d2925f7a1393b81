/** HTTP exchanges that no other reader understands: method, host and the shape of the path. Bodies are not looked at. */
import type { Ending, ExchangeReader, OpenExchange, RequestHead, ResponseHead } from '../wire/types.ts';
import { type Place, placeOf } from './request-target.ts';
import type { Said, World } from './said.ts';

const MAX_SEGMENTS = 8;
const VERSION = /^v\d{1,3}(?:(?:alpha|beta|preview|rc)\d{0,2}|\.\d{1,3}){0,2}$/;
/** Words as people write them in paths, with up to two digits at the end of each. */
const WORDS = /^[A-Za-z]{1,20}\d{0,2}(?:[-_.~:][A-Za-z]{1,20}\d{0,2}){0,5}$/;
const LONGEST = 48;

/** Random letters change case more often than names do. */
function alternates(segment: string): boolean {
  return (segment.match(/[a-z][A-Z]/g)?.length ?? 0) > Math.max(2, segment.length / 5);
}

/** Letters of a hash: eight and more of a to f. */
const HEX = /^[0-9a-f]{8,}$/i;

function isPlain(segment: string): boolean {
  if (VERSION.test(segment)) return true;
  return segment.length <= LONGEST && WORDS.test(segment) && !HEX.test(segment) && !alternates(segment);
}

/** Ids, numbers, hashes, names with digits and whatever is long become `{}`: a path may carry a secret. */
export function segmentTemplate(segment: string): string {
  return segment === '' || isPlain(segment) ? segment : '{}';
}

/** Under these a path names a person or what is theirs, and a name may have no digit. */
const COLLECTIONS = new Set(
  (
    'accounts authors clients contacts customer customers employee employees guests members orders owners patient ' +
    'patients people person persons players profile profiles student students subscribers tenants u user users usernames'
  ).split(' '),
);
/** What stands there and is no name. */
const NO_NAMES = new Set(
  (
    'active all archive batch bulk count create current data delete details emails events exists export filter find ' +
    'followers following gists groups history import info invite issues keys list login logout lookup me new open orgs ' +
    'page password permissions preferences query recent register repos reset roles search self sessions settings signup ' +
    'starred stats status subscriptions summary sync teams templates token types update upload validate verify whoami'
  ).split(' '),
);

function isName(segment: string, before: string | undefined): boolean {
  if (before === undefined || !COLLECTIONS.has(before.toLowerCase())) return false;
  return !NO_NAMES.has(segment.toLowerCase()) && !COLLECTIONS.has(segment.toLowerCase());
}

/** `/v1/users/{}/orders`; segments beyond eight are `…`. */
export function pathTemplate(segments: readonly string[]): string {
  const kept = segments
    .slice(0, MAX_SEGMENTS)
    .map((one, i) => (one !== '' && isName(one, segments[i - 1]) ? '{}' : segmentTemplate(one)));
  return `/${[...kept, ...(segments.length > MAX_SEGMENTS ? ['…'] : [])].join('/')}`;
}

const METHOD = /^[A-Z-]{1,20}$/;

export function endpointSubject({ method }: Pick<RequestHead, 'method'>, place: Place): string {
  const verb = METHOD.test(method) ? method : 'OTHER';
  // A tunnel's target is a host, not a path.
  if (verb === 'CONNECT') return `CONNECT ${place.authority}`;
  return `${verb} ${place.authority}${pathTemplate(place.segments)}`;
}

/** Where the request was not heard from its beginning. */
function unknownSubject({ method }: RequestHead, { authority }: Place): string {
  return `${METHOD.test(method) ? method : 'OTHER'} ${authority || '?'} ?`;
}

const REFUSALS = new Set([401, 403]);

/** What every exchange says of its outcome. Status null: no response was seen. */
export function outcome(
  status: number | null,
  ending: Ending,
): Pick<Said, 'at' | 'bytes' | 'error' | 'denied'> {
  return {
    at: ending.at,
    bytes: ending.requestBytes + ending.responseBytes,
    error: status !== null && status >= 400,
    denied: status !== null && REFUSALS.has(status),
  };
}

/** How well it was read: what was lost or cut is counted, never dropped. */
export function readingSums({ truncated, malformed, gap, cut }: Ending): Record<string, number> {
  return {
    ...(truncated ? { truncated: 1 } : {}),
    ...(malformed ? { malformed: 1 } : {}),
    ...(gap ? { gap: 1 } : {}),
    ...(cut ? { cut: 1 } : {}),
  };
}

export function endpointSaid(head: RequestHead, place: Place, status: number | null, ending: Ending): Said {
  return {
    kind: 'http-endpoint',
    subject: head.target === '' ? unknownSubject(head, place) : endpointSubject(head, place),
    context: status === null ? 'no response' : `${Math.trunc(status / 100)}xx`,
    ...outcome(status, ending),
    sums: readingSums(ending),
  };
}

function endpointReader(world: World, head: RequestHead): ExchangeReader {
  let status: number | null = null;
  return {
    item() {},
    response(response: ResponseHead) {
      status = response.status;
    },
    end(ending) {
      world.say(endpointSaid(head, placeOf(head), status, ending));
    },
  };
}

/** The last resort: takes every exchange. */
export function readEndpoint(world: World): OpenExchange {
  return (head) => endpointReader(world, head);
}

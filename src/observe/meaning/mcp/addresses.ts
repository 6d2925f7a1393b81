/** Paths and URLs that say where a server or a resource is, without what may be secret in them. */
import { segmentTemplate } from '../endpoint.ts';
import { placeOf } from '../request-target.ts';
import { isRandom, looksSecret, visible } from './names.ts';

const MAX_PATH = 256;

/** A path of a file system, a package, an image: segments that look like a secret are `{}`. */
export function maskedPath(path: string): string {
  const segments = path.slice(0, MAX_PATH).split(/[/\\]/);
  return visible(segments.map((segment) => (isRandom(segment) ? '{}' : segment)).join('/'));
}

/** `host/path` of a URL: no scheme, user, query or fragment; segments that are no plain words are `{}`. */
export function maskedUrl(url: string): string {
  const [, authority = '', rest = ''] = /^(?:[a-z][\w+.-]*:)?\/\/([^/?#]*)(.*)$/is.exec(url) ?? [];
  const place = placeOf({ authority, target: rest || '/' });
  const path = place.segments.slice(0, 8).map(segmentTemplate).join('/');
  return path === '' ? place.authority : `${place.authority}/${path}`;
}

const URI = /^([a-z][a-z0-9+.-]{0,31}):(?:\/\/([^/?#]*))?([^?#]*)/i;
const MAX_SEGMENTS = 3;

/**
 * Which part of a server's resources a URI is in: `file:///srv/reports/…`, `postgres://db:5432/sales/…`. Not the
 * whole: what follows the third segment, the query and user names may be anything.
 */
export function resourceArea(uri: string): string {
  const [, scheme, authority, path = ''] = URI.exec(uri.slice(0, 2048)) ?? [];
  if (scheme === undefined) return '?';
  const segments = path.split('/').filter((segment) => segment !== '');
  const kept = segments.slice(0, MAX_SEGMENTS).map(segmentTemplate);
  const more = segments.length > MAX_SEGMENTS ? ['…'] : [];
  const host = authority === undefined ? '' : `//${segmentsOfHost(authority)}`;
  const lead = authority !== undefined && kept.length > 0 ? '/' : '';
  return visible(`${scheme.toLowerCase()}:${host}${lead}${[...kept, ...more].join('/')}`);
}

function segmentsOfHost(authority: string): string {
  if (authority === '') return '';
  const { authority: clean } = placeOf({ authority, target: '/' });
  return clean.split('.').some(looksSecret) ? '{}' : clean;
}

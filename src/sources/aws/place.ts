/**
 * Where a dump lies says what it does not say itself: `aws/<account>/[<region>/]<command>[/<name>].json`, with the
 * name of the CLI's command, and the bucket, target, cluster or ARN percent-encoded as encodeURIComponent does.
 */
export type Place = {
  /** As messages name the file: from `aws/` on where the convention is kept, else the whole path. */
  label: string;
  account: string | null;
  region: string | null;
  command: string | null;
  name: string | null;
};

const LAYOUT = /(?:^|\/)(aws\/(\d{12})\/(?:([a-z]{2,}(?:-[a-z]+)+-\d+)\/)?([a-z0-9-]+)(?:\/([^/]+))?\.json)$/;
/** File systems take 255 bytes; longer names go into the file itself, under this key. */
const MAX_NAME_BYTES = 200;
export const NAME_KEY = 'aiSpmName';

export function placeOf(path: string, document: unknown = null): Place {
  const match = LAYOUT.exec(path.replaceAll('\\', '/'));
  if (!match) return { label: path, account: null, region: null, command: null, name: null };
  const [, label, account, region, command, name] = match;
  return {
    label: label!,
    account: account!,
    region: region ?? null,
    command: command!,
    name: nameIn(document) ?? decoded(name ?? null),
  };
}

/** Longer than a file's name may be, or null. */
function nameIn(document: unknown): string | null {
  if (typeof document !== 'object' || document === null) return null;
  const name = Object.hasOwn(document, NAME_KEY) ? (document as Record<string, unknown>)[NAME_KEY] : null;
  return typeof name === 'string' ? name : null;
}

function decoded(name: string | null): string | null {
  try {
    return name === null ? null : decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** `account` and `region` come from our own reading; anything else that could leave the directory is encoded. */
export function pathOf({ account, region, command, name }: Omit<Place, 'label'>): string {
  const parts = ['aws', account, region, command].filter((part) => part !== null);
  return `${parts.join('/')}${name === null ? '' : `/${encodedName(name)}`}.json`;
}

export function isLongName(name: string): boolean {
  return encodeURIComponent(name.toWellFormed()).length > MAX_NAME_BYTES;
}

function encodedName(name: string): string {
  const encoded = encodeURIComponent(name.toWellFormed()).replace(/^\./, '%2E');
  return encoded.length <= MAX_NAME_BYTES ? encoded : `long-${hash(name)}`;
}

/** FNV-1a, 32 bit: two long names of one account must not share a file. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value.toString(16).padStart(8, '0');
}

/** `cn-north-1` and `us-gov-west-1` are worlds of their own. */
export function partitionOf(region: string | null): string {
  if (region?.startsWith('cn-')) return 'aws-cn';
  return region?.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Account of an ARN; null: it has none, or it is no ARN. */
export function accountOf(arn: string): string | null {
  return /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1] ?? null;
}

export function regionOf(arn: string): string | null {
  return /^arn:[^:]*:[^:]*:([a-z0-9-]+):/.exec(arn)?.[1] ?? null;
}

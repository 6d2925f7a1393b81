/** Decoded messages of Google's clients as the REST JSON that they were decoded of, which is what exports hold. */

type Fields = Readonly<Record<string, unknown>>;

/** Zeros of enumerations: REST leaves them out. */
const UNSPECIFIED: ReadonlySet<unknown> = new Set([
  'EFFECT_UNSPECIFIED',
  'POLICY_KIND_UNSPECIFIED',
  'STATE_UNSPECIFIED',
]);

/**
 * Decoding fills every field in; REST writes those that are set. A message that is set stays if empty. Values of
 * enumerations that the client does not know stay numbers, here as text. Times, which nothing reads, stay as decoded.
 */
export function restJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(restJson);
  if (typeof value === 'number') return String(value);
  if (!isFields(value)) return value;
  const set = Object.entries(value).filter(([, one]) => isSet(one));
  return Object.fromEntries(set.map(([key, one]) => [key, restJson(one)]));
}

function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== null && value !== '' && value !== false && !UNSPECIFIED.has(value);
}

/**
 * Whether the message says all that was sent in the fields that it has. Decoding makes an empty message of text or a list
 * in the place of one, and nothing of the name of an enumeration's value that it does not know.
 */
export function carries(message: unknown, sent: unknown): boolean {
  if (sent === undefined || (sent === null && !Array.isArray(message))) return true;
  if (Array.isArray(message))
    return sent === null || (Array.isArray(sent) && message.every((one, at) => carries(one, sent[at])));
  if (isFields(message)) return isTime(message) || (isFields(sent) && carriesFields(message, sent));
  // Numbers of enumerations have become names.
  return typeof message === typeof sent ? message === sent : typeof sent === 'number';
}

function carriesFields(message: Fields, sent: Fields): boolean {
  return Object.entries(message).every(([key, one]) => !Object.hasOwn(sent, key) || carries(one, sent[key]));
}

function isTime(message: Fields): boolean {
  return Object.hasOwn(message, 'seconds') && Object.hasOwn(message, 'nanos');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

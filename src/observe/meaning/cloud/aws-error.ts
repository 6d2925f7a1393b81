/** How AWS says no: by status, header and body, in every protocol. */

import { jsonValue } from '../../wire/json.ts';
import type { ResponseHead } from '../../wire/types.ts';
import { field, text } from '../json-fields.ts';
import { readCbor } from './cbor.ts';

export type AwsOutcome = { error: boolean; denied: boolean; code: string | null };

const CODE = /^[A-Za-z][A-Za-z0-9._]{0,79}$/;
const DENIED = /AccessDenied|^Unauthorized|NotAuthorized|^AuthorizationError|Forbidden|AllAccessDisabled/i;
const THROTTLED = /Throttl|TooManyRequests|LimitExceeded|SlowDown|RequestThrottled/i;
const DECODER = new TextDecoder();
const HEAD = 4_096;

/** `com.amazon.coral#AccessDeniedException`, `AccessDeniedException:http://…` */
function cleanCode(value: string | null | undefined): string | null {
  const code = (value ?? '').replace(/:.*/s, '').replace(/^.*#/s, '').trim();
  return CODE.test(code) ? code : null;
}

function codeInBody(body: Uint8Array): string | null {
  const start = DECODER.decode(body.subarray(0, HEAD));
  const xml = /<Code>([^<]{1,80})<\/Code>/.exec(start);
  if (xml) return cleanCode(xml[1]);
  if (!start.trimStart().startsWith('{')) return cleanCode(readCbor(body)?.texts.get('__type'));
  const value = jsonValue(body);
  return cleanCode(text(field(value, '__type')) ?? text(field(value, 'code')) ?? text(field(value, 'Code')));
}

/** Some answers begin well and end badly: S3 sends 200 before it knows. */
const ERROR_DOCUMENT = /^\s*(?:<\?xml[^>]{0,100}\?>\s*)?<Error>/;

function isErrorDocument(body: Uint8Array | null): boolean {
  return body !== null && ERROR_DOCUMENT.test(DECODER.decode(body.subarray(0, 256)));
}

/** @param response null: none was seen. */
export function awsOutcome(response: ResponseHead | null, body: Uint8Array | null): AwsOutcome {
  if (!response || (response.status < 400 && !isErrorDocument(body)))
    return { error: false, denied: false, code: null };
  const { headers, status } = response;
  const told =
    cleanCode(headers.get('x-amzn-errortype')) ?? cleanCode(headers.get('x-amzn-query-error')?.split(';')[0]);
  const code = told ?? (body ? codeInBody(body) : null);
  const throttled = code !== null && THROTTLED.test(code);
  const refused = status === 401 || status === 403 || (code !== null && DENIED.test(code));
  return { error: true, denied: refused && !throttled, code };
}

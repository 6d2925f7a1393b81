/** Members of a request by name, whatever the protocol: read for the names of resources, never kept. */
import { jsonValue } from '../../wire/json.ts';
import { field, list, object, text } from '../json-fields.ts';

/** By wire name in lower case; the first of each name. */
export type Params = Map<string, string>;

const MAX_PARAMS = 512;
const LONGEST = 2_048;

export function addParam(params: Params, name: string, value: unknown): void {
  const key = name.toLowerCase();
  const one = typeof value === 'string' ? value : text(list(value)[0]);
  if (one !== null && one.length <= LONGEST && params.size < MAX_PARAMS && !params.has(key))
    params.set(key, one);
}

/** `Name=…`, and of lists the first: `InstanceId.1`, `Names.member.1`. */
export function addForm(params: Params, form: URLSearchParams): void {
  for (const [name, value] of form) addParam(params, name.replace(/(?:\.member|\.entry)?\.1$/, ''), value);
}

const DECODER = new TextDecoder();
const MAX_FORM = 65_536;

/** application/x-www-form-urlencoded. */
export function readForm(body: Uint8Array): URLSearchParams {
  return new URLSearchParams(DECODER.decode(body.subarray(0, MAX_FORM)));
}

/** The top level of a JSON object. */
export function addJson(params: Params, body: Uint8Array): void {
  const value = object(jsonValue(body));
  for (const name of Object.keys(value ?? {}).slice(0, MAX_PARAMS))
    addParam(params, name, field(value, name));
}

/** How much a result holds, and of what kinds: counts and names of kinds, nothing of what it says. */
import { field, type JsonObject, list, object, objects, text } from '../json-fields.ts';
import { word } from './names.ts';

/** A text that holds rows as JSON is looked into up to here. */
const MAX_ROWS_TEXT = 256 * 1024;
const MAX_ITEMS = 10_000;

/** Bytes of the value as JSON in UTF-8, without white space. 0: it cannot be written, because it nests too deep. */
export function jsonBytes(value: unknown): number {
  return written(value) ?? written(value, digits) ?? 0;
}

function written(value: unknown, replacer?: (key: string, value: unknown) => unknown): number | null {
  try {
    return Buffer.byteLength(JSON.stringify(value, replacer) ?? '');
  } catch {
    return null;
  }
}

/** Integers beyond 2^53 are read as such, and JSON has no word for them: a string of as many digits comes close. */
function digits(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** Rows of the structured result; else rows that a single text holds as a JSON list; else the items of the content. */
export function recordsOf(result: JsonObject): number {
  const structured = rowsOf(result.structuredContent);
  if (structured !== null) return structured;
  const content = list(result.content);
  return (content.length === 1 ? rowsInText(content[0]) : null) ?? content.length;
}

/** A list, or an object with exactly one list in it (`{"result": […]}`), which is how SDKs wrap a list. */
function rowsOf(value: unknown): number | null {
  if (Array.isArray(value)) return value.length;
  const lists = Object.values(object(value) ?? {}).filter(Array.isArray);
  return lists.length === 1 ? lists[0]!.length : null;
}

function rowsInText(item: unknown): number | null {
  const said = text(field(item, 'text'));
  if (said === null || said.length > MAX_ROWS_TEXT || !/^\s*[[{]/.test(said)) return null;
  try {
    return rowsOf(JSON.parse(said));
  } catch {
    return null;
  }
}

/** `text`, `image`, `resource_link` … and `structured`. */
export function contentKinds(result: JsonObject): string[] {
  const kinds = new Set(
    objects(list(result.content).slice(0, MAX_ITEMS)).flatMap(({ type }) => word(type) ?? 'other'),
  );
  if (result.structuredContent !== undefined) kinds.add('structured');
  return [...kinds].sort();
}

/** What a server wants to know before it goes on (2026-07-28): methods, of an answer that is none yet. */
export function inputRequests(result: JsonObject): string[] | null {
  if (result.resultType !== 'input_required') return null;
  const asked = Object.values(object(result.inputRequests) ?? {}).slice(0, 64);
  return asked.flatMap((one) => text(field(one, 'method')) ?? []);
}

/** How many things an answer lists. */
import { jsonValue } from '../../wire/json.ts';
import { list, object } from '../json-fields.ts';

/** The longest list at the top level of a JSON object; of a JSON array its own length. */
export function listedIn(body: Uint8Array): number {
  if (body.length === 0) return 0;
  const value = jsonValue(body);
  if (Array.isArray(value)) return value.length;
  const members = Object.values(object(value) ?? {});
  return members.reduce<number>((most, one) => Math.max(most, list(one).length), 0);
}

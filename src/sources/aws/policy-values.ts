/** Values of JSON policy documents: one or a list of them mean the same. */
export type JsonObject = { readonly [key: string]: unknown };
/** Collected beside what was understood, each one clause without its subject. */
export type Problems = string[];

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own properties alone: `__proto__` and what is inherited are no elements of a policy. */
export function own(value: JsonObject, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Null: neither a text nor a list of texts. Numbers and booleans are texts, as in conditions. */
export function texts(value: unknown): readonly string[] | null {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const result: string[] = [];
  for (const one of list) {
    if (typeof one !== 'string' && typeof one !== 'number' && typeof one !== 'boolean') return null;
    result.push(String(one));
  }
  return result;
}

/** What components and services of the BOM have in common. */

export type Property = { name: string; value: string };

/** Names of properties without their prefix; null values are left out. */
export function properties(values: Record<string, string | number | null | undefined>): Property[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [{ name: `ai-spm:${name}`, value: String(value) }],
  );
}

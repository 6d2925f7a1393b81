import type { AwsTags } from '../../model/aws.ts';

/** Keys of tags are compared without case, as all condition keys; `key` is in lower case. */
export function tagValue(tags: AwsTags, key: string): readonly string[] {
  for (const [name, value] of Object.entries(tags)) if (name.toLowerCase() === key) return [value];
  return [];
}

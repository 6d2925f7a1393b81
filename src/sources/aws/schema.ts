/** Pieces of what AWS answers, as they come: only fields that are used, bounded, with absent where there is nothing. */
import { z } from 'zod';
import type { AwsTags } from '../../model/aws.ts';
import { parsePolicy } from './policy-document.ts';

const MAX_TEXT = 4096;
/** Most entries of the list of one object; IAM allows some dozens. */
const MAX_ITEMS = 10_000;

export const text = z.string().max(MAX_TEXT);
export const arn = text.regex(/^arn:/, 'expected an ARN');
/** What is null, absent or empty says the same here. */
export const maybe = text.nullish().transform((value) => value || null);
/** ISO; the CLI can be told to write seconds since the epoch. */
export const time = z
  .union([text, z.number()])
  .nullish()
  .transform((value): string | null => {
    const date = new Date(typeof value === 'number' ? value * 1000 : (value ?? Number.NaN));
    return Number.isNaN(date.getTime()) ? null : date.toISOString();
  });
export const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .max(MAX_ITEMS)
    .nullish()
    .transform((items): z.output<T>[] => items ?? []);
export const texts = list(text);

/** Keys are foreign: a null prototype keeps `__proto__` a key like any other. */
export const tags = list(z.object({ Key: text, Value: text })).transform((items): AwsTags => {
  const result: Record<string, string> = Object.create(null);
  for (const { Key, Value } of items) result[Key] = Value;
  return result;
});

export const attached = list(z.object({ PolicyArn: arn })).transform((items) =>
  items.map(({ PolicyArn }) => PolicyArn),
);
export const inline = list(z.object({ PolicyName: text, PolicyDocument: z.unknown().optional() })).transform(
  (items) =>
    items.map(({ PolicyName, PolicyDocument }) =>
      parsePolicy(PolicyDocument, `inline ${PolicyName}`, PolicyName),
    ),
);
export const boundary = z
  .object({ PermissionsBoundaryArn: arn })
  .nullish()
  .transform((value) => value?.PermissionsBoundaryArn ?? null);

/** Where a value is not as expected, and how, in the words of zod. */
export function explain(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.map(String).join('.')}: ${issue.message}` : 'unreadable';
}

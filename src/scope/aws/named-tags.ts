/** Tags of principals, or of requests that pass them on, that any policy asks about: sessions that differ in others may do the same. */
import type { AwsEstate, AwsPolicy } from '../../model/aws.ts';

const NAMED = /aws:(?:principal|request)tag\/([^}\s,]{1,128})/gi;

/** In lower case, as tags are compared. */
export function namedTags(estate: AwsEstate): ReadonlySet<string> {
  const names = new Set<string>();
  for (const policy of policiesOf(estate))
    for (const { resources, conditions } of policy.statements) {
      for (const text of resources ?? []) note(names, text);
      for (const { key, values } of conditions) for (const text of [key, ...values]) note(names, text);
    }
  return names;
}

function note(names: Set<string>, text: string): void {
  if (!text.includes('/')) return;
  for (const [, name] of text.matchAll(NAMED)) names.add(name!.toLowerCase());
}

function* policiesOf(estate: AwsEstate): Generator<AwsPolicy> {
  for (const { inline, trust } of estate.roles) yield* [...inline, trust];
  for (const { inline } of [...estate.users, ...estate.groups]) yield* inline;
  yield* estate.policies;
  yield* estate.organization?.policies ?? [];
  for (const { policy } of estate.resourcePolicies) yield policy;
}

/** What has to hold, in words. */
import type { AwsCondition } from '../../model/aws.ts';
import { conditionHolds } from './condition.ts';
import type { Need } from './outcome.ts';
import type { Found } from './policy.ts';
import { type Request, resourceApplies, statementNames } from './statement.ts';

const MAX_SHOWN = 3;

/** One condition each; the request is that of the decision. */
export function needWords(needs: readonly Need[], request: Request): string[] {
  return [...new Set(needs.flatMap((need) => wordsOf(need, request)))];
}

function wordsOf(need: Need, request: Request): string[] {
  if (need.type === 'unread') return [need.text];
  if (need.type === 'either')
    return [`either ${need.of.map((one) => needWords(one, request).join(' and ')).join(', or ')}`];
  const parts = openParts(need.found, request);
  return need.deny
    ? [`not (${parts.join(' and ')}), which ${nameOf(need.found)} denies`]
    : parts.map((part) => `${part} (${nameOf(need.found)})`);
}

/** The parts of a statement that are not known to hold. */
function openParts({ statement }: Found, request: Request): string[] {
  const { source, conditions } = statement;
  const parts = conditions
    .filter((one) => conditionHolds(one, request.lookup) === 'unknown')
    .map((one) => conditionWords(one.source));
  if (resourceApplies(statement, request) === 'unknown')
    parts.unshift(
      `the resource is ${source.notResource ? 'none' : 'one'} of ${list(source.resources ?? [])}`,
    );
  if (statementNames(statement, request) === 'maybe')
    parts.unshift(`the caller is ${list((source.principals ?? []).map(({ value }) => value))}`);
  return parts;
}

/** `aws:SourceIp IpAddress 10.0.0.0/8` */
export function conditionWords({ operator, key, values }: AwsCondition): string {
  return `${key} ${operator} ${list(values)}`;
}

export function nameOf({ policy, statement }: Pick<Found, 'policy' | 'statement'>): string {
  return `${policy.source.name} ${statement.source.field}`;
}

export function list(values: readonly string[]): string {
  const shown = values
    .slice(0, MAX_SHOWN)
    .map((one) => one.slice(0, 200))
    .join(', ');
  return values.length > MAX_SHOWN ? `${shown} and ${values.length - MAX_SHOWN} more` : shown;
}

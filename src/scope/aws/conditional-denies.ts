/** Denies whose conditions are not known, by service, so that each grant is told those that may reach it. */
import { conditionHolds } from '../../match/aws/condition.ts';
import type { Lookup } from '../../match/aws/context.ts';
import { serviceOf } from '../../match/aws/policy.ts';
import type { Statement } from '../../match/aws/statement.ts';
import { conditionWords, list } from '../../match/aws/words.ts';
import { push } from './resource-grants.ts';

export type ConditionalDenies = {
  byService: ReadonlyMap<string, readonly string[]>;
  ofAll: readonly string[];
};

/** A grant is conditional by the first; that there are more is said. */
const MAX_TOLD = 16;

export function indexDenies(denies: readonly Statement[], lookup: Lookup): ConditionalDenies {
  const byService = new Map<string, string[]>();
  const ofAll: string[] = [];
  for (const deny of denies) {
    const words = wordsOf(deny, lookup);
    const services = deny.source.notAction ? null : servicesOf(deny);
    if (words === null) continue;
    if (services === null) ofAll.push(words);
    else for (const service of services) push(byService, service, words);
  }
  return { byService, ofAll };
}

/** Null: a condition does not hold for certain. */
function wordsOf({ conditions, source }: Statement, lookup: Lookup): string | null {
  const results = conditions.map((one) => ({ one, holds: conditionHolds(one, lookup) }));
  if (results.some(({ holds }) => holds === 'no')) return null;
  const open = results
    .filter(({ holds }) => holds === 'unknown')
    .map(({ one }) => conditionWords(one.source));
  const { resources } = source;
  const where = source.notResource ? 'none' : 'one';
  if (resources && !resources.includes('*')) open.push(`the resource is ${where} of ${list(resources)}`);
  const name = source.sid ?? source.field;
  return open.length === 0
    ? `no action that ${name} denies`
    : `not (${open.join(' and ')}), which ${name} denies`;
}

/** Null: any. */
function servicesOf({ actions: { services, exact } }: Statement): Set<string> | null {
  return services && new Set([...services, ...[...exact].map(serviceOf)]);
}

export function deniesOf({ byService, ofAll }: ConditionalDenies, grant: Statement): string[] {
  const services = grant.source.notAction ? null : servicesOf(grant);
  const found = new Set(ofAll);
  for (const service of services ?? byService.keys())
    for (const words of byService.get(service) ?? []) {
      if (found.size >= MAX_TOLD) return [...found, 'and none of more denies than these'];
      found.add(words);
    }
  return [...found];
}

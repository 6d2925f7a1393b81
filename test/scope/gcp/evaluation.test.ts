import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createGcpScope } from '../../../src/scope/gcp/index.ts';
import { estateOf, type Short } from './estate.ts';

const CASES = fileURLToPath(new URL('../../../fixtures/gcp/evaluation/', import.meta.url));

type Case = {
  name: string;
  /** Page of the documentation that the rule is from; else the file's. */
  source?: string;
  estate?: Short;
  ask: { principal: string; action: string; resource?: string; context?: Record<string, string[]> };
  expect: { verdict: string; reason?: string; conditions?: string[]; inherited?: boolean; path?: string[] };
};
type File = { source: string; estate: Short; cases: Case[] };

const files = readdirSync(CASES).filter((name) => name.endsWith('.yaml'));
let count = 0;

for (const name of files) {
  const { source, estate, cases } = parse(readFileSync(`${CASES}${name}`, 'utf8')) as File;
  describe(`${name} (${source})`, () => {
    for (const one of cases) {
      count++;
      it(one.name, () => {
        expect(one.source ?? source).toMatch(/^https:\/\/cloud\.google\.com\//);
        check(one, createGcpScope(estateOf({ ...estate, ...one.estate })));
      });
    }
  });
}

it('has at least 50 cases', () => expect(count).toBeGreaterThanOrEqual(50));

function check({ ask, expect: wanted }: Case, scope: ReturnType<typeof createGcpScope>): void {
  const { principal, action, resource = null, context = {} } = ask;
  const answer = scope.decide({ principal, action, resource, context });
  expect({ verdict: answer.verdict, reason: answer.reason, conditions: answer.conditions }).toMatchObject({
    verdict: wanted.verdict,
  });
  if (wanted.reason !== undefined) expect(answer.reason).toContain(wanted.reason);
  for (const words of wanted.conditions ?? []) expect(answer.conditions.join('\n')).toContain(words);
  if (answer.verdict === 'conditional') expect(answer.conditions).not.toEqual([]);
  if (wanted.inherited !== undefined) expect(answer.path.some((hop) => hop.inherited)).toBe(wanted.inherited);
  for (const object of wanted.path ?? []) expect(answer.path.map((hop) => hop.object)).toContain(object);
}

import { describe, expect, it } from 'vitest';
import { createAwsScope } from '../../../src/scope/aws/index.ts';
import { type Case, caseFiles, estateOf, requestOf, sessionOf } from './cases.ts';

function answerOf(one: Case) {
  const scope = createAwsScope(estateOf(one));
  if (one.token) return scope.webIdentity(one.on!, one.token);
  if (one.pod) return scope.podIdentity(one.on!, { disableSessionTags: false }, one.pod);
  const session = sessionOf(one);
  const request = requestOf(one);
  return session ? scope.decideUnder(request, session) : scope.decide(request);
}

for (const { file, source, cases } of caseFiles())
  describe(`${file} (${source})`, () => {
    it.each(cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
      const answer = answerOf(one);
      expect(answer, answer.reason).toMatchObject({ verdict: one.expect });
      for (const condition of one.conditions ?? [])
        expect(answer.conditions.join('\n') + answer.reason).toContain(condition);
      expect(answer.conditions.length > 0).toBe(one.expect === 'conditional');
      expect(answer.reason).not.toBe('');
      expect(answer.reason).toContain(one.reason ?? '');
    });
  });

it('has the examples of the documentation, each with the page that tells it', () => {
  const published = caseFiles().filter(({ file }) => file.startsWith('pages/'));
  const pages = published.flatMap(({ source, cases }) =>
    cases.map(({ page }) => new URL(page ?? '', source).href),
  );
  expect(pages.length).toBeGreaterThanOrEqual(600);
  expect(new Set(pages).size).toBeGreaterThanOrEqual(80);
  for (const page of pages) expect(page).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/.+\.html$/);
});

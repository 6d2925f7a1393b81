import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloudPatternMatches, parseCloudUse } from '../../../src/match/cloud-action.ts';
import type { Capability } from '../../../src/model/configured.ts';
import { createAwsScope } from '../../../src/scope/aws/index.ts';
import { runs } from '../../fuzz.ts';
import { type Case, estateOf, requestOf } from './cases.ts';

const one = <T>(list: readonly T[]) => fc.constantFrom(...list);
const either = <T>(key: string, values: fc.Arbitrary<T>) =>
  fc.tuple(fc.boolean(), values).map(([not, value]) => ({ [`${not ? 'Not' : ''}${key}`]: value }));
const ACTIONS = ['*', 's3:*', 's3:Get*', 's3:GetObject', 's3:PutObject', 'sqs:*'];
const RESOURCES = ['*', 'arn:aws:s3:::corpus/*', 'arn:aws:s3:::corpus/a', 'arn:aws:s3:::other/*'];
const CONDITIONS = [
  {},
  { StringEquals: { 'aws:UserAgent': 'a' } },
  { StringEquals: { 'aws:username': 'x' } },
];
const statement = fc
  .tuple(
    one(['Allow', 'Allow', 'Deny']),
    either('Action', one(ACTIONS)),
    either('Resource', one(RESOURCES)),
    one(CONDITIONS),
  )
  .map(([Effect, action, resource, Condition]) => ({ Effect, ...action, ...resource, Condition }));
const some = fc.array(statement, { minLength: 1, maxLength: 4 });
const cases: fc.Arbitrary<Case> = fc.record(
  {
    name: fc.constant('generated'),
    expect: fc.constant('allow' as const),
    identity: some,
    ask: one(['s3:GetObject', 's3:PutObject', 'sqs:SendMessage']),
    on: one(['arn:aws:s3:::corpus/a', 'arn:aws:s3:::corpus/b', 'arn:aws:s3:::other/c']),
    boundary: some,
    scps: fc.array(some, { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ['name', 'expect', 'identity', 'ask', 'on'] },
);

function ask(asked: Case) {
  const scope = createAwsScope(estateOf(asked));
  const request = requestOf(asked);
  const use = parseCloudUse(`aws:${request.action}`, request.resource)!;
  const covers = ({ allow, deny }: Capability) =>
    allow.some((one) => one.type === 'cloud' && cloudPatternMatches(one, use) === 'yes') &&
    !deny.some((one) => one.type === 'cloud' && cloudPatternMatches(one, use) === 'yes');
  const covering = scope.capabilitiesOf(request.principal).filter(covers);
  return { verdict: scope.decide(request).verdict, covering };
}

describe('capabilities and decisions are one resolution', () => {
  it('what is allowed, or may be, has a capability', () => {
    fc.assert(
      fc.property(cases, (asked) => {
        const { verdict, covering } = ask(asked);
        if (verdict === 'allow' || verdict === 'conditional') expect(covering.length).toBeGreaterThan(0);
        if (verdict === 'allow') expect(covering.some(({ path }) => path.length > 0)).toBe(true);
      }),
      runs(500),
    );
  });

  it('without limits of others, a capability that is no condition away is allowed', () => {
    fc.assert(
      fc.property(cases, ({ boundary: _, scps: __, ...asked }) => {
        const { verdict, covering } = ask(asked);
        if (covering.some(({ effect }) => effect === 'allow')) expect(verdict).toBe('allow');
        if (covering.length === 0) expect(verdict).toBe('deny');
      }),
      runs(500),
    );
  });
});

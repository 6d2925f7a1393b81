import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/model/query.ts';
import { createAwsScope } from '../../../src/scope/aws/index.ts';
import { runs } from '../../fuzz.ts';
import { type Case, estateOf, requestOf, sessionOf } from './cases.ts';

const ACTIONS = ['s3:GetObject', 's3:PutObject', 'sqs:SendMessage'];
const PATTERNS = ['*', 's3:*', 's3:Get*', 'S3:getobject', 'sqs:*', 'iam:PassRole'];
const RESOURCES = [
  '*',
  'arn:aws:s3:::corpus/*',
  'arn:aws:s3:::corpus/a',
  'arn:aws:s3:::other/?',
  'arn:aws:sqs',
];
const CONDITIONS = [
  {},
  { StringEquals: { 'aws:UserAgent': 'a' } },
  { StringNotEquals: { 'aws:UserAgent': ['a', 'b'] } },
  { 'ForAllValues:StringLike': { 'aws:TagKeys': 'a*' } },
  { Null: { 'aws:Referer': 'true' } },
  { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/app' } },
  { BoolIfExists: { 'aws:SecureTransport': 'false' } },
];

const one = <T>(list: readonly T[]) => fc.constantFrom(...list);
const either = <T>(key: string, values: fc.Arbitrary<T>) =>
  fc.tuple(fc.boolean(), values).map(([not, value]) => ({ [`${not ? 'Not' : ''}${key}`]: value }));
const statement = (effect: fc.Arbitrary<string>) =>
  fc
    .tuple(effect, either('Action', one(PATTERNS)), either('Resource', one(RESOURCES)), one(CONDITIONS))
    .map(([Effect, action, resource, Condition]) => ({ Effect, ...action, ...resource, Condition }));
const any = one(['Allow', 'Allow', 'Deny']);
const some = fc.array(statement(any), { maxLength: 4 });
const grant = statement(one(['Allow']));
const value = one(['a', 'b', 'true', 'false']);
const context = fc.dictionary(
  one(['aws:UserAgent', 'aws:Referer', 'aws:SecureTransport', 'aws:TagKeys']),
  value,
);
const names = one([
  '*',
  '111122223333',
  'arn:aws:iam::111122223333:role/app',
  'arn:aws:iam::111122223333:role/b',
]);

const cases: fc.Arbitrary<Case> = fc.record(
  {
    name: fc.constant('generated'),
    ask: one(ACTIONS),
    on: one(['arn:aws:s3:::corpus/a', 'arn:aws:s3:::other/b', 'arn:aws:s3:::corpus/*']),
    identity: fc.tuple(grant, some).map(([first, rest]) => [first, ...rest]),
    expect: fc.constant('allow' as const),
    context,
    boundary: some,
    session: some,
    scps: fc.array(some, { maxLength: 3 }),
    rcps: fc.array(some, { maxLength: 2 }),
    resource: fc.array(
      fc.tuple(statement(any), names).map(([rest, AWS]) => ({ ...rest, Principal: { AWS } })),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['name', 'ask', 'on', 'identity', 'expect'] },
);

/** Towards allow; what was not read appears in none of these. */
const RANK: Record<Answer['verdict'], number> = { deny: 0, 'cannot-tell': 1, conditional: 1, allow: 2 };

function verdict(asked: Case): Answer['verdict'] {
  const scope = createAwsScope(estateOf(asked));
  const session = sessionOf(asked);
  const request = requestOf(asked);
  return (session ? scope.decideUnder(request, session) : scope.decide(request)).verdict;
}

const rank = (asked: Case) => RANK[verdict(asked)];
const list = (statements: object | object[] | undefined) => [statements ?? []].flat();

/** Where SCPs are switched on no level is without one: AWS attaches its own, and refuses to take the last away. */
function onEveryLevel({ scps = [], rcps = [] }: Case): NonNullable<Case['scps']> {
  const missing = Math.max(0, rcps.length - scps.length);
  return [
    ...scps,
    ...Array.from({ length: missing }, () => ({ Effect: 'Allow', Action: '*', Resource: '*' })),
  ];
}

describe('decisions', () => {
  it('an explicit deny never loses', () => {
    const layers = one(['identity', 'boundary', 'session', 'resource'] as const);
    const deny = { Effect: 'Deny', Action: '*', Resource: '*' };
    fc.assert(
      fc.property(cases, layers, (asked, layer) => {
        const added = layer === 'resource' ? { ...deny, Principal: '*' } : deny;
        expect(verdict({ ...asked, [layer]: [...list(asked[layer]), added] })).toBe('deny');
      }),
      runs(300),
    );
  });

  it('another level of SCPs never adds', () => {
    fc.assert(
      fc.property(cases, some, (asked, level) => {
        const scps = onEveryLevel(asked);
        const before = rank({ ...asked, scps });
        expect(rank({ ...asked, scps: [...scps, level] })).toBeLessThanOrEqual(before);
      }),
      runs(300),
    );
  });

  it('a boundary never adds, nor does a session policy', () => {
    fc.assert(
      fc.property(cases, some, one(['boundary', 'session'] as const), (asked, limit, layer) => {
        const { [layer]: _, ...free } = asked;
        expect(rank({ ...free, [layer]: limit })).toBeLessThanOrEqual(rank(free));
      }),
      runs(300),
    );
  });

  it('the case of an action says nothing', () => {
    fc.assert(
      fc.property(cases, (asked) => {
        const answer = verdict(asked);
        expect(verdict({ ...asked, ask: asked.ask.toUpperCase() })).toBe(answer);
      }),
      runs(200),
    );
  });

  it('what is told of the context never contradicts the answer without it', () => {
    fc.assert(
      fc.property(cases, (asked) => {
        const known = verdict(asked);
        const { context: _, ...blind } = asked;
        const answer = verdict(blind);
        if (answer === 'allow' || answer === 'deny') expect(known).toBe(answer);
      }),
      runs(500),
    );
  });

  it('an allow of everything by the identity never takes away', () => {
    fc.assert(
      fc.property(cases, (asked) => {
        const more = [...list(asked.identity), { Effect: 'Allow', Action: '*', Resource: '*' }];
        expect(rank({ ...asked, identity: more })).toBeGreaterThanOrEqual(rank(asked));
      }),
      runs(200),
    );
  });
});

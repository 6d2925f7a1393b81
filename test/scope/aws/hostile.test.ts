import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AwsEstate } from '../../../src/model/aws.ts';
import { createAwsScope } from '../../../src/scope/aws/index.ts';
import { parsePolicy } from '../../../src/sources/aws/policy-document.ts';
import { runs } from '../../fuzz.ts';
import { ACCOUNT, allow, document, emptyEstate, inline, OTHER, roleOf, trusting } from './estate.ts';

const APP = `arn:aws:iam::${ACCOUNT}:role/app`;

function decide(policies: unknown[], action: string, resource: string | null, more: Partial<AwsEstate> = {}) {
  const roles = [
    roleOf(
      APP,
      policies.map((one, i) => inline(one, `p${i}`)),
    ),
  ];
  const scope = createAwsScope({ ...emptyEstate(), roles, ...more });
  return scope.decide({ principal: APP, action, resource, context: {} });
}

describe('hostile policies', () => {
  it('ten thousand statements are asked as a few', () => {
    const statements = Array.from({ length: 10_000 }, (_, i) => ({
      Effect: 'Allow',
      Action: [`s3:Get${i}`, `svc${i}:*`],
      Resource: `arn:aws:s3:::b${i}/*`,
    }));
    const scope = createAwsScope({
      ...emptyEstate(),
      roles: [roleOf(APP, [inline(document(...statements))])],
    });
    const start = process.cpuUsage();
    for (let i = 0; i < 10_000; i++) {
      const resource = `arn:aws:s3:::b${i}/x`;
      expect(scope.decide({ principal: APP, action: `s3:get${i}`, resource, context: {} }).verdict).toBe(
        'allow',
      );
    }
    // Each against each would be 10^8 statements: minutes.
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(10);
    expect(scope.capabilitiesOf(APP)).toHaveLength(10_000);
  });

  it('as many denies cost a grant no more', () => {
    const each = (Effect: string, more: object) =>
      Array.from({ length: 10_000 }, (_, i) => ({ Effect, Action: `s${i}:*`, Resource: '*', ...more }));
    const open = { Condition: { StringEquals: { 'aws:UserAgent': 'a' } } };
    const statements = [...each('Allow', {}), ...each('Deny', open), ...each('Deny', {}).slice(5000)];
    const scope = createAwsScope({
      ...emptyEstate(),
      roles: [roleOf(APP, [inline(document(...statements))])],
    });
    const start = process.cpuUsage();
    const found = scope.capabilitiesOf(APP);
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(10);
    expect(found).toHaveLength(5000);
    expect(found[7]).toMatchObject({
      effect: 'conditional',
      conditions: [expect.stringContaining('aws:UserAgent')],
    });
  });

  it('catastrophic patterns end', () => {
    const pattern = `arn:aws:s3:::${'*a?'.repeat(600)}b`;
    const resource = `arn:aws:s3:::${'a'.repeat(2000)}`;
    expect(decide([allow('s3:*', pattern)], 's3:GetObject', resource).verdict).toBe('deny');
    expect(decide([allow(`s3:${'*a'.repeat(5000)}b`)], `s3:${'a'.repeat(5000)}`, null).verdict).toBe('deny');
    const like = { Condition: { StringLike: { 'aws:PrincipalArn': `${'*?r'.repeat(3000)}!` } } };
    expect(decide([allow('s3:*', '*', like)], 's3:GetObject', resource).verdict).toBe('deny');
  });

  it('names of prototypes are names', () => {
    const given = JSON.parse('{"__proto__":["x"],"constructor":["y"]}') as Record<string, string[]>;
    const condition = JSON.parse('{"StringEquals":{"__proto__":"x","constructor":"y"}}') as object;
    const roles = [roleOf(APP, [inline(allow('s3:*', '*', { Condition: condition }))])];
    const scope = createAwsScope({ ...emptyEstate(), roles });
    const ask = (context: Record<string, string[]>) =>
      scope.decide({ principal: APP, action: 's3:GetObject', resource: '*', context }).verdict;
    expect(ask(given)).toBe('allow');
    expect(ask({})).toBe('conditional');
    expect(
      scope.decide({ principal: '__proto__', action: 'constructor', resource: 'toString', context: {} }),
    ).toMatchObject({
      verdict: 'cannot-tell',
    });
    const organization = { managementAccount: OTHER, paths: JSON.parse('{"__proto__":[]}'), policies: [] };
    expect(decide([allow('s3:*')], 's3:GetObject', '*', { organization }).verdict).toBe('conditional');
  });

  it('groups, boundaries and trusts that lead nowhere are said', () => {
    const user = {
      ...roleOf(`arn:aws:iam::${ACCOUNT}:user/ann`, []),
      groups: ['gone'],
      boundary: 'arn:gone',
    };
    const scope = createAwsScope({ ...emptyEstate(), users: [user] });
    const answer = scope.decide({ principal: user.arn, action: 's3:GetObject', resource: '*', context: {} });
    expect(answer.verdict).toBe('cannot-tell');
    expect(answer.reason).toContain('group gone');
    expect(scope.capabilitiesOf(user.arn)[0]).toMatchObject({ effect: 'conditional', allow: [] });
  });

  it('roles that trust what is no policy are edges of which nothing is certain', () => {
    const closed = {
      ...roleOf(`arn:aws:iam::${ACCOUNT}:role/b`, []),
      trust: parsePolicy('{', 'trust', 'trust'),
    };
    const roles = [roleOf(APP, [inline(allow('sts:AssumeRole'))]), closed];
    const [edge] = createAwsScope({ ...emptyEstate(), roles }).edgesOf(APP);
    expect(edge).toMatchObject({
      effect: 'conditional',
      conditions: [expect.stringContaining('not understood')],
    });
  });

  it('equal names of different accounts are different roles', () => {
    const twin = APP.replace(ACCOUNT, OTHER);
    const roles = [roleOf(APP, [inline(allow('s3:*'))]), roleOf(twin, [], trusting({ AWS: APP }))];
    const scope = createAwsScope({
      ...emptyEstate(),
      roles,
      accounts: [...emptyEstate().accounts, { id: OTHER, alias: null, origin: 'test' }],
    });
    expect(scope.capabilitiesOf(twin)).toEqual([]);
    expect(scope.edgesOf(APP)).toEqual([]);
    const session = `arn:aws:sts::${OTHER}:assumed-role/app/x`;
    expect(
      scope.decide({ principal: session, action: 's3:GetObject', resource: '*', context: {} }).verdict,
    ).toBe('deny');
  });

  it('never throws, whatever a statement is made of', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '*',
        '${',
        '${aws:username',
        `\${*}`,
        'arn:',
        'arn:aws:s3:::*',
        ':',
        's3:',
        '203.0.113.0/99',
        '1e999',
        'NaN',
      ),
    );
    const texts = fc.oneof(text, fc.array(text, { maxLength: 3 }));
    const operator = fc.constantFrom(
      'StringLike',
      'ForAllValues:ArnLike',
      'IpAddress',
      'DateLessThan',
      'NumericEqualsIfExists',
      'Null',
      'x',
    );
    const statement = fc.record({
      Effect: fc.constantFrom('Allow', 'Deny'),
      Action: texts,
      Resource: texts,
      Condition: fc.dictionary(operator, fc.dictionary(text, texts, { maxKeys: 2 }), { maxKeys: 2 }),
    });
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 3 }), text, text, (statements, action, resource) => {
        const roles = [roleOf(APP, [inline(document(...statements))], document(...statements))];
        const scope = createAwsScope({ ...emptyEstate(), roles });
        const { verdict, reason } = scope.decide({
          principal: APP,
          action,
          resource,
          context: { x: [resource] },
        });
        expect(reason !== '' && ['allow', 'deny', 'conditional', 'cannot-tell'].includes(verdict)).toBe(true);
        // There is nobody but itself, whose policies it may write at most.
        expect(scope.edgesOf(APP).filter(({ gains }) => gains === undefined)).toEqual([]);
        expect(scope.capabilitiesOf(APP).length).toBeLessThanOrEqual(statements.length);
      }),
      runs(300),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/sources/aws/policy-document.ts';
import { runs } from '../../fuzz.ts';

const DOCUMENT = {
  Version: '2012-10-17',
  Statement: {
    Sid: 'Read',
    Effect: 'Allow',
    Principal: { AWS: '111122223333', Service: ['lambda.amazonaws.com', 'ec2.amazonaws.com'] },
    NotAction: 's3:Put*',
    Resource: ['arn:aws:s3:::a/*', 'arn:aws:s3:::b/*'],
    Condition: { Bool: { 'aws:SecureTransport': true }, NumericLessThan: { 's3:max-keys': 10 } },
  },
};

const parse = (document: unknown) => parsePolicy(document, 'inline p', 'p');

describe('parsePolicy', () => {
  it('reads objects, JSON and RFC 3986 encoded JSON alike', () => {
    const json = JSON.stringify(DOCUMENT);
    const encoded = encodeURIComponent(json).replace(/[*'()]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
    expect(parse(json)).toEqual(parse(DOCUMENT));
    expect(parse(encoded)).toEqual(parse(DOCUMENT));
  });

  it('gives single values as lists, negations as data and condition values as text', () => {
    const { statements, problem } = parse(DOCUMENT);
    expect(problem).toBeNull();
    expect(statements).toEqual([
      {
        sid: 'Read',
        effect: 'Allow',
        actions: ['s3:Put*'],
        notAction: true,
        resources: ['arn:aws:s3:::a/*', 'arn:aws:s3:::b/*'],
        notResource: false,
        principals: [
          { type: 'AWS', value: '111122223333' },
          { type: 'Service', value: 'lambda.amazonaws.com' },
          { type: 'Service', value: 'ec2.amazonaws.com' },
        ],
        notPrincipal: false,
        conditions: [
          { operator: 'Bool', key: 'aws:SecureTransport', values: ['true'] },
          { operator: 'NumericLessThan', key: 's3:max-keys', values: ['10'] },
        ],
        field: 'Statement[0]',
      },
    ]);
  });

  it('takes a policy without a version for one of the first', () => {
    expect(parse({ Statement: [] }).version).toBe('2008-10-17');
  });

  it.each([
    ['{"Statement": [', 'is no JSON object'],
    ['%7B%', 'is no JSON object'],
    ['[]', 'is no JSON object'],
    [null, 'is no policy document'],
    [{}, 'no Statement'],
    [{ Statement: [], Statements: [] }, 'unknown element Statements'],
    [{ Version: '2020-01-01', Statement: [] }, 'unknown Version'],
    [{ Statement: ['x'] }, 'Statement[0]: is no object'],
    [{ Statement: { Effect: 'allow', Action: '*', Resource: '*' } }, 'Statement[0]: Effect is neither'],
    [{ Statement: { Effect: 'Deny', Resource: '*' } }, 'Statement[0]: no Action'],
    [{ Statement: { Effect: 'Deny', Action: 's3:*', NotAction: 'a:b' } }, 'both Action and NotAction'],
    [{ Statement: { Effect: 'Deny', Action: { a: 1 } } }, 'Action is no list of texts'],
    [{ Statement: { Effect: 'Deny', Action: '*', Principal: { Nobody: 'x' } } }, 'unknown type Nobody'],
    [
      { Statement: { Effect: 'Deny', Action: '*', Condition: { Bool: { a: null } } } },
      'Condition a is no list',
    ],
    [JSON.parse('{"Statement":{"Effect":"Deny","Action":"*","__proto__":{}}}'), 'unknown element __proto__'],
  ])('says what it does not understand: %j', (document, problem) => {
    expect(parse(document).problem).toContain(problem);
  });

  it('keeps what it understands beside what it does not', () => {
    const good = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
    const policy = parse({ Statement: [good, { ...good, Effekt: 'Deny' }, good] });
    expect(policy.statements.map((one) => one.field)).toEqual(['Statement[0]', 'Statement[2]']);
    expect(policy.problem).toBe('Statement[1]: unknown element Effekt');
  });

  it('tells thousands of problems in a line', () => {
    const policy = parse({ Statement: Array.from({ length: 10_000 }, () => ({})) });
    expect(policy.statements).toEqual([]);
    expect(policy.problem!.length).toBeLessThan(300);
  });

  it('never throws, and has no problem exactly where it keeps every statement', () => {
    const statement = fc.oneof(
      fc.anything({ withNullPrototype: true }),
      fc.record({
        Effect: fc.constantFrom('Allow', 'Deny', 'deny'),
        Action: fc.constantFrom('a:b', ['*'], {}),
      }),
    );
    fc.assert(
      fc.property(fc.array(statement), (list) => {
        const policy = parse({ Statement: list });
        expect(policy.problem === null).toBe(policy.statements.length === list.length);
      }),
      runs(300),
    );
  });

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parse(`[${text}`).problem).toBe('is no JSON object');
      }),
      runs(200),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CloudPattern, cloudPatternMatches, parseCloudUse } from '../../src/match/cloud-action.ts';
import { globsOverlap } from '../../src/match/glob-overlap.ts';
import type { Cloud } from '../../src/model/configured.ts';
import { runs } from '../fuzz.ts';

function grant(
  cloud: Cloud,
  actions: string[],
  resources: string[],
  rest: Partial<CloudPattern> = {},
): CloudPattern {
  return { type: 'cloud', cloud, actions, notActions: false, resources, notResources: false, ...rest };
}

const S3 = grant('aws', ['s3:Get*'], ['arn:aws:s3:::corpus/*']);
const CASES: [string, CloudPattern, string, string | null, 'yes' | 'no' | 'unknown'][] = [
  ['an object below', S3, 'aws:s3:GetObject', 'arn:aws:s3:::corpus/a/b', 'yes'],
  ['what is told up to a prefix, as a whole', S3, 'aws:s3:GetObject', 'arn:aws:s3:::corpus/*', 'yes'],
  ['what is told less than the grant says', S3, 'aws:s3:GetObject', 'arn:aws:s3:::*', 'unknown'],
  ['another bucket', S3, 'aws:s3:GetObject', 'arn:aws:s3:::other/*', 'no'],
  ['another action', S3, 'aws:s3:PutObject', 'arn:aws:s3:::corpus/a', 'no'],
  ['actions without case', S3, 'aws:S3:getobject', 'arn:aws:s3:::corpus/a', 'yes'],
  ['a resource that is not told', S3, 'aws:s3:GetObject', null, 'unknown'],
  ['everything but', grant('aws', ['iam:*'], ['*'], { notActions: true }), 'aws:s3:GetObject', null, 'yes'],
  [
    'not what is left out',
    grant('aws', ['iam:*'], ['*'], { notActions: true }),
    'aws:iam:GetRole',
    null,
    'no',
  ],
  [
    'a permission on all of a project',
    grant('gcp', ['secretmanager.versions.access'], ['projects/p']),
    'gcp:secretmanager.versions.access',
    'projects/p/secrets/db',
    'yes',
  ],
  [
    'permissions of GCP with case',
    grant('gcp', ['a.b.getIamPolicy'], ['projects/p']),
    'gcp:a.b.getiampolicy',
    'projects/p',
    'no',
  ],
  [
    'a project whose name only begins alike',
    grant('gcp', ['storage.objects.get'], ['projects/p']),
    'gcp:storage.objects.get',
    'projects/p2/x',
    'no',
  ],
  [
    'a bucket, whose project the wire does not tell',
    grant('gcp', ['storage.objects.get'], ['projects/p']),
    'gcp:storage.objects.get',
    'projects/_/buckets/b',
    'unknown',
  ],
  [
    'a scope of Azure, in any case',
    grant('azure', ['Microsoft.Storage/*/read'], ['/subscriptions/S/resourceGroups/g']),
    'azure:Microsoft.Storage/storageAccounts/read',
    '/subscriptions/s/resourcegroups/G/providers/x',
    'yes',
  ],
];

describe('an observed action against a grant', () => {
  for (const [name, pattern, subject, context, expected] of CASES)
    it(`${name}: ${expected}`, () => {
      const use = parseCloudUse(subject, context)!;
      expect(cloudPatternMatches(pattern, use)).toBe(expected);
    });

  it('asks nothing of calls whose permission is not known', () => {
    expect(parseCloudUse('aws:s3:?GET /x', null)).toBeNull();
    expect(parseCloudUse('get pods', null)).toBeNull();
  });
});

describe('patterns with something in common', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 7 });
  const word = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 7 });
  const asRegExp = (glob: string) => new RegExp(`^${glob.replaceAll('*', '[ab]*').replaceAll('?', '[ab]')}$`);

  it('are those under which one text falls', () => {
    fc.assert(
      fc.property(piece, piece, word, (a, b, text) => {
        if (asRegExp(a).test(text) && asRegExp(b).test(text)) expect(globsOverlap(a, b)).toBe(true);
      }),
      runs(500),
    );
  });

  it('are found, and only those', () => {
    const words = ['', ...allWords(6)];
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 4 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 4 }),
        (a, b) => {
          const common = words.some((text) => asRegExp(a).test(text) && asRegExp(b).test(text));
          expect(globsOverlap(a, b)).toBe(common);
        },
      ),
      runs(300),
    );
  });
});

/** Of a and b, up to this long: two patterns of four have a common text of six or none. */
function allWords(length: number): string[] {
  if (length === 0) return [];
  const shorter = allWords(length - 1);
  const longest = shorter.filter((one) => one.length === length - 1);
  return length === 1 ? ['a', 'b'] : [...shorter, ...longest.flatMap((one) => [`${one}a`, `${one}b`])];
}

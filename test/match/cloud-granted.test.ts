import { expect, it } from 'vitest';
import { grantedPermissions } from '../../src/match/cloud-granted.ts';
import type { Pattern } from '../../src/model/configured.ts';

type Cloud = Extract<Pattern, { type: 'cloud' }>;
const cloud = (actions: string[], resources: string[], rest: Partial<Cloud> = {}): Cloud => ({
  ...{ type: 'cloud', cloud: 'aws', actions, notActions: false, resources, notResources: false },
  ...rest,
});
const ALL = ['*'];
const CORPUS = ['arn:aws:s3:::corpus/*'];
const ACTIONS = ['s3:GetObject', 's3:PutObject'];

const CASES: [what: string, allow: Cloud, deny: Cloud[], left: string[]][] = [
  ['nothing is denied', cloud(ACTIONS, CORPUS), [], ['GetObject', 'PutObject']],
  ['on everything', cloud(ACTIONS, CORPUS), [cloud(['S3:put*'], ALL)], ['GetObject']],
  ['on more than that', cloud(ACTIONS, CORPUS), [cloud(['s3:*'], ['arn:aws:s3:::corpus*'])], []],
  [
    'on a part of it',
    cloud(ACTIONS, CORPUS),
    [cloud(['s3:*'], ['arn:aws:s3:::corpus/x/*'])],
    ['GetObject', 'PutObject'],
  ],
  [
    'on each of its resources by another',
    cloud(['s3:GetObject'], ['arn:aws:s3:::a/*', 'arn:aws:s3:::b/*']),
    [cloud(['s3:*'], ['arn:aws:s3:::a/*']), cloud(['s3:*'], ['arn:aws:s3:::b/*'])],
    [],
  ],
  [
    'of one of its resources',
    cloud(['s3:GetObject'], ['arn:aws:s3:::a/*', 'arn:aws:s3:::b/*']),
    [cloud(['s3:*'], ['arn:aws:s3:::a/*'])],
    ['GetObject'],
  ],
  [
    'all but what a ceiling leaves',
    cloud(ACTIONS, ALL),
    [cloud(['s3:Get*', 'sqs:*'], ALL, { notActions: true })],
    ['GetObject'],
  ],
  [
    'all resources but one that it is about',
    cloud(ACTIONS, CORPUS),
    [cloud(['s3:*'], CORPUS, { notResources: true })],
    ['GetObject', 'PutObject'],
  ],
  [
    'all but a resource, and that one denied',
    cloud(['s3:GetObject'], CORPUS, { notResources: true }),
    [cloud(['s3:*'], CORPUS)],
    ['GetObject'],
  ],
  [
    'names of Google Cloud have a case',
    cloud(['storage.objects.get', 'storage.objects.list'], ['projects/p'], { cloud: 'gcp' }),
    [cloud(['storage.objects.Get', 'storage.objects.list'], ALL, { cloud: 'gcp' })],
    ['storage.objects.get'],
  ],
  [
    'another cloud',
    cloud(ACTIONS, CORPUS),
    [cloud(['*'], ALL, { cloud: 'gcp' })],
    ['GetObject', 'PutObject'],
  ],
];

it.each(CASES)('%s', (_, allow, deny, left) => {
  expect(grantedPermissions({ allow: [allow], deny }).map(({ action }) => action)).toEqual(left);
  // The same pattern under other denies is another answer.
  expect(grantedPermissions({ allow: [allow], deny: [] })).toHaveLength(allow.actions.length);
});

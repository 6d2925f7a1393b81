import { describe, expect, it } from 'vitest';
import { isFloor } from '../../src/match/kubernetes-floor.ts';
import type { Capability } from '../../src/model/configured.ts';
import type { PolicyRule } from '../../src/model/kubernetes.ts';

const EMPTY: PolicyRule = { verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
const paths = (verb: string, ...nonResourceURLs: string[]): PolicyRule => ({
  ...EMPTY,
  verbs: [verb],
  nonResourceURLs,
});
const reviews = (verb: string, apiGroup: string, ...resources: string[]): PolicyRule => ({
  ...EMPTY,
  verbs: [verb],
  apiGroups: [apiGroup],
  resources,
});
const AUTHORIZATION = 'authorization.k8s.io';

describe('isFloor', () => {
  it.each<[string, PolicyRule, boolean]>([
    ['discovery', paths('get', '/api', '/apis/*', '/healthz', '/version/'), true],
    ['keys of the issuer', paths('get', '/openid/v1/jwks'), true],
    ['questions about oneself', reviews('create', AUTHORIZATION, 'selfsubjectaccessreviews'), true],
    ['who one is', reviews('create', 'authentication.k8s.io', 'selfsubjectreviews'), true],
    ['metrics', paths('get', '/metrics'), false],
    ['every path', paths('get', '*'), false],
    ['every verb on a path', paths('*', '/api'), false],
    ['one path more', paths('get', '/api', '/logs/*'), false],
    ['questions about others', reviews('create', AUTHORIZATION, 'subjectaccessreviews'), false],
    ['every resource of the group', reviews('create', AUTHORIZATION, '*'), false],
    ['of every group', reviews('create', '*', 'selfsubjectaccessreviews'), false],
    ['every verb', reviews('*', AUTHORIZATION, 'selfsubjectaccessreviews'), false],
    ['one resource more', reviews('create', AUTHORIZATION, 'selfsubjectaccessreviews', 'pods'), false],
  ])('%s', (_, rule, expected) => {
    expect(isFloor({ effect: 'allow', allow: [{ type: 'kubernetes', namespace: null, rule }] })).toBe(
      expected,
    );
  });

  it('is nothing that is not known, and nothing of another kind', () => {
    const allow: Capability['allow'] = [{ type: 'path', prefix: '/api' }];
    expect(isFloor({ effect: 'allow', allow })).toBe(false);
    expect(isFloor({ effect: 'allow', allow: [] })).toBe(false);
    const rule = paths('get', '/api');
    expect(isFloor({ effect: 'conditional', allow: [{ type: 'kubernetes', namespace: null, rule }] })).toBe(
      false,
    );
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kubernetesAction, parseKubernetesAction } from '../../../src/match/kubernetes-action.ts';
import { type KubernetesRequest, ruleAllows } from '../../../src/match/kubernetes-rule.ts';
import { kubernetesRequest } from '../../../src/observe/meaning/cloud/kubernetes-request.ts';
import { placeOf } from '../../../src/observe/meaning/request-target.ts';

type Row = { method: string; url: string };
const FILE = new URL('../../../fixtures/meaning/kubernetes/request-info.json', import.meta.url);
const TABLE = JSON.parse(readFileSync(FILE, 'utf8')) as {
  requests: (Row & Omit<KubernetesRequest, 'path'>)[];
  nonResource: Row[];
};

function ask({ method, url }: Row): KubernetesRequest {
  const { path, query } = placeOf({ authority: '', target: url });
  return kubernetesRequest(method, path, query);
}

describe("requests as Kubernetes' own test of RequestInfo has them", () => {
  it.each(TABLE.requests)('$method $url', ({ method, url, ...wanted }) => {
    expect(ask({ method, url })).toEqual({ ...wanted, path: null });
  });

  it.each(TABLE.nonResource)('$url is no resource', (row) => {
    expect(ask(row)).toMatchObject({ verb: 'get', resource: null });
  });

  it('is written and read again', () => {
    for (const row of TABLE.requests) {
      const request = ask(row);
      expect(parseKubernetesAction(kubernetesAction(request))).toEqual(request);
    }
    expect(parseKubernetesAction({ subject: 'get /healthz', context: null })).toMatchObject({
      path: '/healthz',
    });
    expect(parseKubernetesAction({ subject: 'nonsense', context: null })).toBeNull();
  });

  it('can be held against RBAC rules', () => {
    const rule = {
      verbs: ['get'],
      apiGroups: ['apps'],
      resources: ['deployments/scale'],
      resourceNames: ['web'],
      nonResourceURLs: [],
    };
    const seen = parseKubernetesAction({ subject: 'get deployments.apps/scale', context: 'research/web' })!;
    expect(ruleAllows(rule, seen)).toBe(true);
    expect(ruleAllows(rule, { ...seen, name: 'api' })).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { egressVerdict } from '../../src/match/egress.ts';
import type { Destination } from '../../src/match/network.ts';
import type { Capability } from '../../src/model/configured.ts';
import type { LabelSelector } from '../../src/model/kubernetes.ts';
import { egressCapabilities } from '../../src/scope/network.ts';
import { indexPolicies } from '../../src/scope/network-select.ts';
import { createEstateBuilder } from '../../src/sources/kubernetes/estate-builder.ts';

const POLICY = 'policy.networking.k8s.io/v1alpha1';
const AGENT = { namespace: 'lab', labels: { app: 'agent' } };

function networkPolicy(name: string, egress: readonly object[], podSelector: object = {}): object {
  const spec = { podSelector, policyTypes: ['Egress'], egress };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'lab' },
    spec,
  };
}

function admin(
  name: string,
  priority: number,
  egress: readonly object[],
  subject: object = { namespaces: {} },
): object {
  return {
    apiVersion: POLICY,
    kind: 'AdminNetworkPolicy',
    metadata: { name },
    spec: { priority, subject, egress },
  };
}

function baseline(egress: readonly object[]): object {
  const spec = { subject: { namespaces: {} }, egress };
  return { apiVersion: POLICY, kind: 'BaselineAdminNetworkPolicy', metadata: { name: 'default' }, spec };
}

function capabilities(
  objects: readonly object[],
  rest: { hostNetwork?: boolean; gap?: string } = {},
): Capability[] {
  const builder = createEstateBuilder(null);
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'lab', labels: { team: 'ai' } },
  };
  for (const object of [namespace, ...objects]) builder.add(object, null);
  const estate = builder.finish({ origin: '', readAt: null, coverage: [] });
  expect(estate.warnings).toEqual([]);
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'lab', name: 'agent', location: null };
  const workload = {
    id: 'w',
    ref,
    namespace: 'lab',
    podLabels: AGENT.labels,
    hostNetwork: rest.hostNetwork ?? false,
  };
  const index = indexPolicies(estate.networkPolicies, estate.namespaces);
  return egressCapabilities(workload, index, () => rest.gap ?? null).capabilities;
}

function external(address: string, port = 443, protocol: Destination['protocol'] = 'TCP'): Destination {
  return { address, port, protocol, resolution: 'external' };
}

function pod(labels: Record<string, string> | null, rest: Partial<Destination> = {}): Destination {
  return {
    address: '10.42.0.9',
    port: 443,
    protocol: 'TCP',
    resolution: 'pod',
    pod: { namespace: 'lab', namespaceLabels: { team: 'ai' }, labels, ports: null },
    ...rest,
  };
}

const to = (cidr: string, except: string[] = []) => [{ ipBlock: { cidr, except } }];
const networks = (...cidrs: string[]) => [{ networks: cidrs }];
const unresolved = (address: string): Destination => ({ ...external(address), resolution: 'unresolved' });

describe('NetworkPolicies', () => {
  it('allow everything where none selects the pod, by an inherited default', () => {
    const all = capabilities([networkPolicy('other', [], { matchLabels: { app: 'other' } })]);
    const verdict = egressVerdict(all, external('203.0.113.1'));
    expect(verdict).toMatchObject({ verdict: 'allow', decidedBy: { origin: 'inherited', effect: 'allow' } });
  });

  it('deny what no rule allows, and name the policy that isolates', () => {
    const all = capabilities([networkPolicy('closed', [])]);
    const verdict = egressVerdict(all, external('203.0.113.1'));
    expect(verdict.verdict).toBe('deny');
    expect(verdict.decidedBy!.path[0]).toMatchObject({
      object: 'NetworkPolicy lab/closed',
      inherited: false,
    });
    expect(all.filter(({ effect }) => effect === 'allow')).toEqual([]);
  });

  it('add up, and keep exceptions, ranges and protocols', () => {
    const all = capabilities([
      networkPolicy('a', [
        { to: to('203.0.113.0/24', ['203.0.113.128/25']), ports: [{ port: 8000, endPort: 8010 }] },
      ]),
      networkPolicy('b', [{ to: to('2001:db8::/32'), ports: [{ protocol: 'UDP', port: 53 }] }]),
    ]);
    const verdicts = [
      external('203.0.113.5', 8000),
      external('203.0.113.5', 8010),
      external('203.0.113.5', 8011),
      external('203.0.113.200', 8000),
      external('203.0.113.5', 8000, 'UDP'),
      external('2001:db8::1', 53, 'UDP'),
      external('::ffff:203.0.113.5', 8005),
    ].map((destination) => egressVerdict(all, destination).verdict);
    expect(verdicts).toEqual(['allow', 'allow', 'deny', 'deny', 'deny', 'allow', 'allow']);
  });

  it('are unknown about a peer that was not resolved, unless an address decides', () => {
    const byPods = networkPolicy('pods', [{ to: [{ podSelector: { matchLabels: { app: 'db' } } }] }]);
    const byAddress = networkPolicy('addresses', [{ to: to('10.42.0.0/16') }]);
    const unknown = egressVerdict(capabilities([byPods]), unresolved('10.42.0.9'));
    expect(unknown).toMatchObject({ verdict: 'unknown', decidedBy: null, all: [] });
    expect(unknown.maybe).toHaveLength(1);
    expect(egressVerdict(capabilities([byPods, byAddress]), unresolved('10.42.0.9')).verdict).toBe('allow');
    expect(egressVerdict(capabilities([byAddress]), unresolved('192.0.2.1')).verdict).toBe('deny');
  });

  it('resolve named ports on the pod that is dialled', () => {
    const all = capabilities([networkPolicy('named', [{ ports: [{ port: 'http' }] }])]);
    const serving = (name: string) =>
      pod(
        {},
        { port: 8000, pod: { ...pod({}).pod!, ports: [{ name, containerPort: 8000, protocol: 'TCP' }] } },
      );
    expect(egressVerdict(all, serving('http')).verdict).toBe('allow');
    expect(egressVerdict(all, serving('admin')).verdict).toBe('deny');
    expect(egressVerdict(all, pod({}, { port: 8000 })).verdict).toBe('unknown');
    expect(egressVerdict(all, external('203.0.113.1', 8000)).verdict).toBe('deny');
  });

  it('decide a Service by what is behind it', () => {
    const all = capabilities([
      networkPolicy('db', [{ to: [{ podSelector: { matchLabels: { app: 'db' } } }] }]),
    ]);
    const service = (backends: Destination[]): Destination => ({
      ...external('10.43.0.1'),
      resolution: 'service',
      backends,
    });
    expect(egressVerdict(all, service([pod({ app: 'db' }), pod({ app: 'db' })])).verdict).toBe('allow');
    expect(egressVerdict(all, service([pod({ app: 'web' })])).verdict).toBe('deny');
    expect(egressVerdict(all, service([pod({ app: 'db' }), pod({ app: 'web' })])).verdict).toBe('unknown');
    expect(egressVerdict(all, service([])).verdict).toBe('unknown');
  });

  it('see host-network pods as their node, and do not select them', () => {
    const all = capabilities([networkPolicy('any-pod', [{ to: [{ namespaceSelector: {} }] }])]);
    const verdictOn = (local: { local?: boolean }) =>
      egressVerdict(all, {
        ...external('192.0.2.10'),
        resolution: 'host-network',
        node: { labels: null, ...local },
      }).verdict;
    expect(verdictOn({ local: false })).toBe('deny');
    expect(verdictOn({ local: true })).toBe('allow');
    expect(verdictOn({})).toBe('unknown');
    const host = capabilities([networkPolicy('closed', [])], { hostNetwork: true });
    expect(egressVerdict(host, external('203.0.113.1'))).toMatchObject({
      verdict: 'allow',
      decidedBy: { origin: 'direct' },
    });
  });

  it('never see loopback', () => {
    const all = capabilities([networkPolicy('closed', [])]);
    expect(egressVerdict(all, { ...external('127.0.0.1'), resolution: 'loopback' }).verdict).toBe('allow');
  });

  it('are unknown where policies could not be read and none that was read isolates', () => {
    const open = capabilities([], { gap: 'networkpolicies denied' });
    expect(egressVerdict(open, external('203.0.113.1'))).toMatchObject({
      verdict: 'unknown',
      decidedBy: null,
    });
    const isolated = capabilities([networkPolicy('a', [{ to: to('203.0.113.0/24') }])], {
      gap: 'partly denied',
    });
    expect(egressVerdict(isolated, external('203.0.113.1')).verdict).toBe('allow');
  });
});

describe('cluster tiers', () => {
  const open = networkPolicy('open', [{}]);
  const closed = networkPolicy('closed', []);

  it('come before NetworkPolicies: deny and allow are final', () => {
    const rules = [
      { action: 'Deny', to: networks('169.254.169.254/32') },
      { action: 'Allow', to: networks('203.0.113.0/24') },
    ];
    const all = capabilities([admin('a', 1, rules), closed]);
    expect(egressVerdict(all, external('203.0.113.1'))).toMatchObject({
      verdict: 'allow',
      decidedBy: { origin: 'inherited' },
    });
    const opened = capabilities([admin('a', 1, rules), open]);
    const metadata = egressVerdict(opened, external('169.254.169.254', 80));
    expect(metadata.verdict).toBe('deny');
    expect(metadata.decidedBy!.path[0]!.field).toBe('spec.egress[0].to[0]');
    expect(metadata.all.map(({ path }) => path[0]!.object)).toEqual(['NetworkPolicy lab/open']);
  });

  it('rank by priority, then by order in the policy', () => {
    const deny = { action: 'Deny', to: networks('203.0.113.0/24') };
    const allow = { action: 'Allow', to: networks('203.0.113.0/24') };
    const low = capabilities([admin('z', 1, [allow]), admin('a', 2, [deny])]);
    expect(egressVerdict(low, external('203.0.113.1')).verdict).toBe('allow');
    expect(egressVerdict(capabilities([admin('a', 1, [deny, allow])]), external('203.0.113.1')).verdict).toBe(
      'deny',
    );
  });

  it('call a tie of two policies ambiguous, unless they agree', () => {
    const deny = { action: 'Deny', to: networks('203.0.113.0/24') };
    const allow = { action: 'Allow', to: networks('203.0.113.0/24') };
    const tie = egressVerdict(
      capabilities([admin('a', 7, [deny]), admin('b', 7, [allow])]),
      external('203.0.113.1'),
    );
    expect(tie.verdict).toBe('unknown');
    expect(tie.why).toContain('priority 7 is ambiguous');
    const same = capabilities([admin('a', 7, [deny]), admin('b', 7, [deny])]);
    expect(egressVerdict(same, external('203.0.113.1')).verdict).toBe('deny');
  });

  it('pass on to NetworkPolicies, skipping the rest of their tier', () => {
    const pass = admin('a', 1, [{ action: 'Pass', to: networks('203.0.113.0/24') }]);
    const deny = admin('b', 2, [{ action: 'Deny', to: networks('0.0.0.0/0') }]);
    expect(egressVerdict(capabilities([pass, deny, open]), external('203.0.113.1')).verdict).toBe('allow');
    expect(egressVerdict(capabilities([pass, deny, open]), external('198.51.100.1')).verdict).toBe('deny');
    expect(egressVerdict(capabilities([pass, closed]), external('203.0.113.1')).verdict).toBe('deny');
  });

  it('ask the baseline only for pods that no NetworkPolicy selects', () => {
    const deny = baseline([{ action: 'Deny', to: networks('0.0.0.0/0') }]);
    expect(egressVerdict(capabilities([deny]), external('203.0.113.1'))).toMatchObject({
      verdict: 'deny',
      decidedBy: { origin: 'inherited' },
    });
    expect(egressVerdict(capabilities([deny, open]), external('203.0.113.1')).verdict).toBe('allow');
    expect(egressVerdict(capabilities([deny]), external('2001:db8::1')).verdict).toBe('allow');
  });

  it('fail closed on a peer of a later API version', () => {
    const future = (action: string) =>
      capabilities([admin('a', 1, [{ action, to: [{ galaxies: ['m31'] }] }])]);
    expect(egressVerdict(future('Deny'), external('203.0.113.1')).verdict).toBe('deny');
    const allowing = egressVerdict(future('Allow'), external('203.0.113.1'));
    expect(allowing.decidedBy!.allow[0]).toMatchObject({ tier: 'default' });
  });

  it('match nodes and names where these are known', () => {
    const nodes = { action: 'Deny', to: [{ nodes: { matchLabels: { pool: 'gpu' } } }] };
    const names = { action: 'Deny', to: [{ domainNames: ['*.example.com'] }] };
    const all = capabilities([admin('a', 1, [nodes, names])]);
    const node = (labels: LabelSelector['matchLabels'] | null): Destination => ({
      ...external('192.0.2.10'),
      resolution: 'node',
      node: { labels },
      names: [],
    });
    expect(egressVerdict(all, node({ pool: 'gpu' })).verdict).toBe('deny');
    expect(egressVerdict(all, node({ pool: 'cpu' })).verdict).toBe('allow');
    expect(egressVerdict(all, node(null)).verdict).toBe('unknown');
    expect(egressVerdict(all, { ...external('203.0.113.1'), names: ['API.example.com.'] }).verdict).toBe(
      'deny',
    );
    expect(egressVerdict(all, { ...external('203.0.113.1'), names: ['example.com'] }).verdict).toBe('allow');
    expect(egressVerdict(all, external('203.0.113.1')).verdict).toBe('unknown');
  });

  it('leave it open whether they select a namespace whose labels are not known', () => {
    const byTeam = admin('a', 1, [{ action: 'Deny', to: networks('0.0.0.0/0') }], {
      namespaces: { matchLabels: { team: 'ai' } },
    });
    const builder = createEstateBuilder(null);
    builder.add(byTeam, null);
    const { networkPolicies } = builder.finish({ origin: '', readAt: null, coverage: [] });
    const ref = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'lab',
      name: 'agent',
      location: null,
    };
    const workload = { id: 'w', ref, namespace: 'lab', podLabels: {}, hostNetwork: false };
    const { capabilities: unsure } = egressCapabilities(
      workload,
      indexPolicies(networkPolicies, []),
      () => null,
    );
    expect(egressVerdict(unsure, external('203.0.113.1')).verdict).toBe('unknown');
    expect(egressVerdict(unsure, external('2001:db8::1')).verdict).toBe('allow');
  });
});

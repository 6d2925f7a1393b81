import { describe, expect, it } from 'vitest';
import { createDestinations, parseSubject } from '../../src/match/destination.ts';
import { egressVerdict } from '../../src/match/egress.ts';
import type { ConfiguredPosture } from '../../src/model/configured.ts';
import type { Peer } from '../../src/model/snapshot.ts';
import { resolvePosture } from '../../src/scope/posture.ts';
import { createEstateBuilder } from '../../src/sources/kubernetes/estate-builder.ts';

const OBJECTS = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab', labels: { team: 'ai' } } },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'db', namespace: 'lab', labels: { app: 'db', tier: 'data' } },
    spec: { containers: [{ name: 'c', image: 'i', ports: [{ name: 'sql', containerPort: 5432 }] }] },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'agent', namespace: 'lab' },
    spec: {
      podSelector: { matchLabels: { app: 'agent' } },
      policyTypes: ['Egress'],
      egress: [
        { to: [{ podSelector: { matchLabels: { app: 'db', tier: 'data' } } }], ports: [{ port: 'sql' }] },
        { to: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [{ port: 6443 }] },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'agent', namespace: 'lab', labels: { app: 'agent' } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  },
];

function posture(): ConfiguredPosture {
  const builder = createEstateBuilder(null);
  for (const object of OBJECTS) builder.add(object, null);
  return resolvePosture(builder.finish({ origin: '', readAt: null, coverage: [] }));
}

function verdict(subject: string, peer: Partial<Peer> | null): string {
  const configured = posture();
  const own = configured.capabilities.filter(({ holder }) => holder.id.endsWith('/Pod/agent'));
  const full = peer && {
    subject,
    resolution: 'pod' as const,
    namespace: 'lab',
    name: 'x',
    labels: {},
    backends: [],
    ...peer,
  };
  return egressVerdict(own, createDestinations(configured)(subject, full)!).verdict;
}

describe('destinations', () => {
  it('reads egress subjects of both families, and nothing else', () => {
    expect(parseSubject('tcp/10.0.0.1:443')).toEqual({ address: '10.0.0.1', port: 443, protocol: 'TCP' });
    expect(parseSubject('udp/[fd00::1]:53')).toEqual({ address: 'fd00::1', port: 53, protocol: 'UDP' });
    for (const text of ['', 'tcp/', 'icmp/10.0.0.1:0', 'tcp/10.0.0.1', 'unix:/run/x', 'tcp/fd00::1'])
      expect([text, parseSubject(text)]).toEqual([text, null]);
  });

  it('finds named ports on the workload that the labels belong to', () => {
    expect(
      verdict('tcp/10.42.0.9:5432', { labels: { app: 'db', tier: 'data', 'pod-template-hash': 'x' } }),
    ).toBe('allow');
    expect(verdict('tcp/10.42.0.9:5433', { labels: { app: 'db', tier: 'data' } })).toBe('deny');
    expect(verdict('tcp/10.42.0.9:5432', { labels: { app: 'db', tier: 'data' }, namespace: 'other' })).toBe(
      'deny',
    );
  });

  it('sees through a Service to its backends, with the labels that are known of them', () => {
    const service = { resolution: 'service' as const, backends: ['10.42.0.9:5432', '10.42.0.10:5432'] };
    const both = { app: 'db', tier: 'data' };
    expect(verdict('tcp/10.43.0.9:80', { ...service, labels: both })).toBe('allow');
    expect(verdict('tcp/10.43.0.9:80', { ...service, labels: { app: 'db' } })).toBe('unknown');
    expect(verdict('tcp/10.43.0.9:80', { ...service, labels: { app: 'web' } })).toBe('deny');
    expect(verdict('tcp/10.43.0.9:80', { ...service, labels: both, backends: [] })).toBe('unknown');
  });

  it('takes a Service without selector for the addresses behind it, such as the API server', () => {
    const api = { resolution: 'service' as const, namespace: 'default', name: 'kubernetes' };
    expect(verdict('tcp/10.43.0.1:443', { ...api, backends: ['192.0.2.10:6443'] })).toBe('allow');
    expect(verdict('tcp/10.43.0.1:443', { ...api, backends: ['198.51.100.1:6443'] })).toBe('deny');
  });

  it('does not know a peer that was never resolved', () => {
    expect(verdict('tcp/10.42.0.9:5432', null)).toBe('unknown');
    expect(verdict('tcp/192.0.2.1:6443', null)).toBe('allow');
  });
});

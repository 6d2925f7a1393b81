import { describe, expect, it } from 'vitest';
import { ruleMatchesOf } from '../../src/match/mesh/authorization.ts';
import { type MeshCaller, valueMatches } from '../../src/match/mesh/caller.ts';
import { ALL_PORTS, intersect, networkPorts, portsOf } from '../../src/match/mesh/ports.ts';
import { domainMatches, globMatches, namePatternMatches } from '../../src/match/network-name.ts';
import { convertAuthorizationPolicy } from '../../src/sources/kubernetes/convert-istio.ts';

describe('names of hosts', () => {
  const cases: [pattern: string, name: string, cilium: boolean, domain: boolean][] = [
    ['api.example.com', 'API.example.com.', true, true],
    ['*.example.com', 'www.example.com', true, true],
    ['*.example.com', 'a.b.example.com', false, true],
    ['*.example.com', 'example.com', false, false],
    ['**.example.com', 'a.b.example.com', true, false],
    ['**.example.com', 'example.com', false, false],
    ['sub*.example.com', 'subway.example.com', true, false],
    ['*example.com', 'badexample.com', true, false],
    ['*', 'anything.at.all', true, false],
    ['', 'anything', false, false],
  ];
  it.each(cases)('%s and %s: Cilium %s, network-policy-api %s', (pattern, name, cilium, domain) => {
    expect(namePatternMatches(pattern, name)).toBe(cilium);
    expect(domainMatches(pattern, name)).toBe(domain);
  });

  it('take no longer for a pattern that is made to', () => {
    const started = process.cpuUsage();
    expect(globMatches(`${'a*'.repeat(2000)}b`, 'a'.repeat(4000))).toBe(false);
    expect(namePatternMatches(`${'*a'.repeat(2000)}.x`, `${'a'.repeat(4000)}.y`)).toBe(false);
    expect(process.cpuUsage(started).user).toBeLessThan(500_000);
  });
});

describe('values of a mesh', () => {
  it.each([
    ['*', '', false],
    ['*', 'x', true],
    ['/info*', '/information', true],
    ['*/sa/x', 'td/ns/a/sa/x', true],
    ['x', 'xx', false],
  ])('%s and %s: %s', (pattern, value, expected) => {
    expect(valueMatches(pattern, value)).toBe(expected);
  });

  it('are ports in ranges', () => {
    expect(networkPorts(portsOf([], ['80']))).toEqual([
      { protocol: 'TCP', port: 0, endPort: 79 },
      { protocol: 'TCP', port: 81, endPort: 65_535 },
    ]);
    expect(networkPorts(ALL_PORTS)).toEqual([{ protocol: 'TCP', port: null, endPort: null }]);
    expect(intersect(portsOf(['80', '90'], []), portsOf(['90', '91'], []))).toEqual([[90, 90]]);
    expect(portsOf(['http'], [])).toEqual([]);
  });
});

describe('headers and claims', () => {
  it('are told by name, never by value', () => {
    const policy = convertAuthorizationPolicy(
      {
        metadata: { name: 'p', namespace: 'n' },
        spec: { rules: [{ when: [{ key: 'request.headers[x-api-key]', values: ['s3cr3t'] }] }] },
      },
      { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', location: null, namespaced: true },
    );
    const caller: MeshCaller = {
      trustDomain: 'cluster.local',
      namespace: 'n',
      serviceAccount: 's',
      authenticated: 'yes',
      authenticatedIf: '',
      address: null,
    };
    const [match] = ruleMatchesOf(policy.rules[0]!, caller, 'n');
    expect(match!.requires).toEqual(['request.headers[x-api-key] has a value that is asked for']);
    expect(JSON.stringify(policy)).not.toContain('s3cr3t');
  });
});

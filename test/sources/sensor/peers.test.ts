import { describe, expect, it } from 'vitest';
import { createPeers } from '../../../src/sources/sensor/peers.ts';

const lookup = (kubernetesNode: boolean, cluster: Parameters<typeof createPeers>[0]['cluster'] = null) =>
  createPeers({
    cluster,
    kubernetesNode: () => kubernetesNode,
    ownAddresses: ['192.168.1.5', 'fe80::1%eth0'],
  });

describe('a dialled address', () => {
  const bare: [string, string][] = [
    ['127.0.0.53', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['192.168.1.5', 'loopback'],
    ['fe80::1', 'loopback'],
    ['10.0.0.7', 'external'],
    ['93.184.216.34', 'external'],
  ];
  for (const [address, resolution] of bare)
    it(`on a bare host: ${address} is ${resolution}`, () => {
      expect(lookup(false)(address, 443, 'tcp').resolution).toBe(resolution);
    });

  const node: [string, string][] = [
    ['10.0.0.7', 'unresolved'],
    ['100.64.0.9', 'unresolved'],
    ['fd00::9', 'unresolved'],
    ['192.168.1.5', 'unresolved'],
    ['93.184.216.34', 'external'],
    ['2606:2800:220:1::1', 'external'],
    ['not an address', 'unresolved'],
  ];
  for (const [address, resolution] of node)
    it(`on a Kubernetes node without its cluster: ${address} is ${resolution}`, () => {
      expect(lookup(true)(address, 443, 'tcp').resolution).toBe(resolution);
    });

  it('is what the cluster says, and that is asked at every call', () => {
    let name = 'web';
    const peers = lookup(true, (address, port, protocol) => ({
      subject: `${protocol}/${address}:${port}`,
      resolution: 'service',
      namespace: 'shop',
      name,
      labels: {},
      backends: ['10.1.2.3:8443'],
    }));
    expect(peers('10.96.0.20', 443, 'tcp')).toEqual({
      resolution: 'service',
      namespace: 'shop',
      name: 'web',
      labels: {},
      backends: ['10.1.2.3:8443'],
    });
    name = 'other';
    expect(peers('10.96.0.20', 443, 'tcp').name).toBe('other');
  });
});

import { describe, expect, it } from 'vitest';
import { parseCgroupPath } from '../../../src/observe/workload/cgroup-path.ts';
import type { PodInfo } from '../../../src/sources/kubernetes/pods.ts';
import { workloadOf } from '../../../src/sources/sensor/attribution.ts';

const UID = '4c3064c0-8eb3-436c-8e1c-ad8073744f99';
const MAIN = 'a'.repeat(64);
const SIDE = 'b'.repeat(64);

function pod(containers: PodInfo['containers']): PodInfo {
  return {
    uid: UID,
    namespace: 'shop',
    name: 'agent-6f7d-x',
    workload: { id: 'k8s:c/shop/Deployment/agent', kind: 'Deployment', name: 'agent' },
    labels: { app: 'agent' },
    serviceAccount: 'robot',
    revision: '6f7d',
    hostNetwork: false,
    node: 'node-1',
    ips: [],
    containers,
    secretPrefixes: [],
  };
}

function directory(info: PodInfo) {
  return {
    cluster: 'c',
    source: 'api' as const,
    byUid: (uid: string) => (uid === UID ? info : null),
    byContainer(id: string) {
      const found = info.containers.find((container) => container.id === id);
      return found ? { pod: info, container: found.name } : null;
    },
  };
}

const cgroup = (container: string) => {
  const path = `/kubepods.slice/kubepods-pod${UID.replaceAll('-', '_')}.slice/cri-containerd-${container}.scope`;
  return { id: '1', path, parsed: parseCgroupPath(path) };
};
const main = { name: 'main', id: MAIN, image: 'registry/agent:1', digest: 'sha256:1' };
const side = { name: 'side', id: null, image: null, digest: null };

describe('attribution of a container', () => {
  it('names workload, container, identity and revision', () => {
    expect(workloadOf(directory(pod([main, side])), cgroup(MAIN))).toMatchObject({
      id: 'k8s:c/shop/Deployment/agent',
      resolvedBy: 'api',
      container: 'main',
      image: 'registry/agent:1',
      digest: 'sha256:1',
      revision: '6f7d',
      instance: UID,
      principal: 'system:serviceaccount:shop:robot',
    });
  });

  it('whose id the API does not show yet is its pod’s, and its only container', () => {
    expect(workloadOf(directory(pod([main, side])), cgroup(SIDE))).toMatchObject({
      container: null,
      image: null,
    });
    expect(workloadOf(directory(pod([{ ...main, id: null }])), cgroup(SIDE))).toMatchObject({
      container: 'main',
    });
  });

  it('that nobody knows, and a systemd service, are left to others', () => {
    const known = directory(pod([main]));
    const stranger = cgroup(SIDE).path.replaceAll('4c3064c0', '00000000');
    expect(workloadOf(known, { id: '2', path: stranger, parsed: parseCgroupPath(stranger) })).toBeNull();
    const unit = '/system.slice/agent.service';
    expect(workloadOf(known, { id: '3', path: unit, parsed: parseCgroupPath(unit) })).toBeNull();
  });
});

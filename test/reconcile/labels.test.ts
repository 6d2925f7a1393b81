import { describe, expect, it } from 'vitest';
import { distinctLabels } from '../../src/reconcile/ledger/labels.ts';

const started = (cwd: string, uid = '0', machine = 'a1b2c3') => ({
  id: `host:${machine}/proc/${uid}:/usr/bin/node::${cwd}`,
  label: 'node',
});
const labels = (...all: { id: string; label: string }[]) => [...distinctLabels(all).values()];

describe('labels outside Kubernetes', () => {
  it('stay where they are one of a kind, and in Kubernetes', () => {
    const pod = { id: 'k8s:c1/research/Deployment/agent', label: 'research/agent' };
    expect(labels(started('/srv/a'), pod, { ...pod, id: 'k8s:c2/research/Deployment/agent' })).toEqual([]);
  });

  it('of one program say where it was started', () => {
    expect(labels(started('/srv/a'), started('/srv/b'), started(''))).toEqual([
      'node',
      'node in /srv/a',
      'node in /srv/b',
    ]);
  });

  it('say whose it is and on which machine, where the place is the same', () => {
    expect(labels(started('/srv/a'), started('/srv/a', '1000'), started('/srv/a', '0', 'ffff'))).toEqual([
      'node in /srv/a as user 0 on a1b2c3',
      'node in /srv/a as user 1000 on a1b2c3',
      'node in /srv/a as user 0 on ffff',
    ]);
    const unit = (machine: string) => ({ id: `host:${machine}/unit/agent.service`, label: 'agent.service' });
    expect(labels(unit('m1'), unit('m2'))).toEqual(['agent.service on m1', 'agent.service on m2']);
  });

  it('are ids where nothing else differs', () => {
    const one = { id: 'host:m/proc/0:/a/node::/x', label: 'node' };
    const other = { id: 'host:m/proc/0:/b/node::/x', label: 'node' };
    expect(labels(one, other)).toEqual([one.id, other.id]);
  });
});

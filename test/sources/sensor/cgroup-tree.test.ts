import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { cgroupMount, listCgroups, watchCgroups } from '../../../src/sources/sensor/cgroup-tree.ts';

/** On a busy machine; the safety net of the watch is set to come later. */
const WAIT = { timeout: 10_000 };
const root = mkdtempSync(join(tmpdir(), 'ai-spm-cgroups-'));
afterAll(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, 'system.slice/agent.service'), { recursive: true });

describe('the cgroup tree', () => {
  const lines = [
    '30 25 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory',
    '31 25 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct',
    '32 25 0:28 / /sys/fs/cgroup/uni\\040fied rw - cgroup2 cgroup2 rw,nsdelegate',
  ].join('\n');

  it('is found in hybrid mode, for either version', () => {
    expect(cgroupMount('v2', lines)).toBe('/sys/fs/cgroup/uni fied');
    expect(cgroupMount('v1', lines)).toBe('/sys/fs/cgroup/memory');
    expect(() => cgroupMount('v2', '')).toThrow(/no cgroup v2 hierarchy/);
  });

  it('lists every directory under the id that the kernel reports', async () => {
    const found = await listCgroups(root);
    expect(found.map(({ path }) => path).sort()).toEqual([
      '/',
      '/system.slice',
      '/system.slice/agent.service',
    ]);
    const service = found.find(({ path }) => path === '/system.slice/agent.service');
    expect(service!.id).toBe(String(statSync(join(root, 'system.slice/agent.service')).ino));
    expect(await listCgroups(root, '/absent')).toEqual([]);
  });

  it('tells soon of a cgroup that came, also inside one that came just before', async () => {
    let paths: string[] = [];
    const stop = watchCgroups(root, 60_000, (present) => {
      paths = present.map(({ path }) => path);
    });
    try {
      await sleep(200);
      mkdirSync(join(root, 'kubepods/pod1/container'), { recursive: true });
      await expect.poll(() => paths, WAIT).toContain('/kubepods/pod1/container');
      await sleep(100);
      mkdirSync(join(root, 'kubepods/pod1/later'));
      await expect.poll(() => paths, WAIT).toContain('/kubepods/pod1/later');
    } finally {
      stop();
    }
  });

  it('leaves nothing running when closed in the middle of a look', async () => {
    const watches = () => process.getActiveResourcesInfo().filter((kind) => kind === 'FSEventWrap').length;
    const stop = watchCgroups(root, 60_000, () => {});
    stop();
    await sleep(200);
    expect(watches()).toBe(0);
  });
});

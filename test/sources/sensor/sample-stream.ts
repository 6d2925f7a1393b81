import { KERNEL_SIGNALS } from '../../../src/model/kinds.ts';
import type { WireHeader, WireOf, WireRecord } from '../../../src/model/wire.ts';

export const BOOT_US = 1_000_000_000;
export const WALL_US = 1_790_000_000_000_000;

export const HEADER: WireHeader = {
  t: 'header',
  v: 1,
  sensor: '0.1.0',
  run: '0123456789abcdef0123456789abcdef',
  boot_id: '6c1f0a52-5e7f-4c34-9a0e-3a3a52a7c001',
  machine_id: '0f0e0d0c0b0a09080706050403020100',
  node: 'node-1',
  kernel: '6.18.0',
  arch: 'x86_64',
  cpus: 2,
  cgroup: 'v2',
  now: false,
  clock: { boot_us: BOOT_US, wall_us: WALL_US },
  families: KERNEL_SIGNALS.map((family) => ({
    family,
    attached_us: BOOT_US,
    programs: [{ name: `${family}_probe`, hook: `tp_btf/${family}`, attached: true }],
  })),
};

export const COST = { cpu_us: 5000, rss_bytes: 20_000_000, bpf: [] };

export const TRAILER: WireOf<'trailer'> = {
  t: 'trailer',
  reason: 'stop',
  clock: { boot_us: BOOT_US + 600_000_000, wall_us: WALL_US + 600_000_000 },
  cost: COST,
};

export function checkpoint(seq: number, afterUs: number, wallShiftUs = 0): WireOf<'checkpoint'> {
  return {
    t: 'checkpoint',
    seq,
    clock: { boot_us: BOOT_US + afterUs, wall_us: WALL_US + afterUs + wallShiftUs },
    cost: COST,
  };
}

/** A systemd service that opens files and connects: `connections` distinct addresses. */
export function serviceRecords(connections = 3): WireRecord[] {
  const actor = { cg: '700', pid: 4242, start: '900000000000', at: BOOT_US + 1000 };
  const base: WireRecord[] = [
    { t: 'cgroup', id: '700', path: '/system.slice/agent.service', at: BOOT_US },
    {
      t: 'process',
      ...actor,
      ev: 'exec',
      ppid: 1,
      pstart: '1',
      uid: 1000,
      comm: 'python3',
      exe: '/usr/bin/python3.11',
      argv: ['python3', '/srv/agent/main.py'],
      cwd: '/srv/agent',
      mntns: 1,
      netns: 1,
      pidns: 1,
      caps: '0',
      seccomp: 0,
    },
    { t: 'file', ...actor, id: 'f1', path: '/srv/agent/main.py', access: 'r' },
  ];
  const connects = Array.from({ length: connections }, (_, i): WireRecord[] => [
    {
      t: 'connect',
      ...actor,
      id: `c${i.toString(16)}`,
      proto: 'tcp',
      daddr: `10.9.${i >> 8}.${i & 255}`,
      dport: 443,
    },
    {
      t: 'count',
      id: `c${i.toString(16)}`,
      count: 2,
      errors: 0,
      first: BOOT_US + 1000,
      last: BOOT_US + 2000,
    },
  ]);
  return [...base, ...connects.flat()];
}

export function ndjson(records: readonly WireRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

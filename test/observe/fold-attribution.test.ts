import { describe, expect, it } from 'vitest';
import type { WireRecord } from '../../src/model/wire.ts';
import type { WorkloadInfo } from '../../src/observe/fold.ts';
import {
  AGENT,
  cgroup,
  connect,
  count,
  file,
  fold,
  header,
  NODE,
  POD_PATH,
  proc,
  pushAll,
  resolve,
  rowsOf,
  START,
  segmentOf,
  sessionsOf,
  TOKEN,
} from './stream.ts';

describe('attribution', () => {
  it('names container, process class and principal, and never an argument', () => {
    const segment = segmentOf([...START, file(103, 'b1', TOKEN)], { resolve });
    expect(segment.workloads).toMatchObject([
      { id: AGENT.id, instances: 1, containers: [{ name: 'main', image: 'registry/agent:1', digest: null }] },
    ]);
    expect(rowsOf(segment, 'file-access')).toMatchObject([
      { container: 'main', process: '/usr/bin/node /app/agent.js', principal: AGENT.principal },
    ]);
    expect(JSON.stringify(segment)).not.toContain('s3cret');
  });

  it('finds what a link led to at its mount as well, once in sessions', () => {
    const link = file(103, 'b1', '/app/token', { real: TOKEN });
    const same = file(103, 'b2', '/run/secrets/x', { real: '/var/run/secrets/..data/x' });
    const proc = file(103, 'b3', '/proc/self/maps', { real: '/proc/500/maps' });
    const segment = segmentOf([...START, link, same, proc, count(110, 'b1', 3)], { resolve });
    expect(rowsOf(segment, 'file-access')).toMatchObject([
      { subject: 'r:/app/token', count: 3, context: null },
      { subject: 'r:/proc/self/maps' },
      { subject: 'r:/run/secrets/x' },
      { subject: `r:${TOKEN}`, count: 3, context: 'link' },
    ]);
    const cells = sessionsOf(segment).flatMap((one) => Object.keys(one.cells));
    expect(cells.filter((cell) => cell.includes('token'))).toEqual([]);
  });

  it('may arrive after the event', () => {
    let known: WorkloadInfo | null = null;
    const into = pushAll(fold({ resolve: () => known }), [...START, file(103, 'b1', TOKEN)]);
    known = AGENT;
    expect(into.closeSegment().workloads.map(({ id }) => id)).toEqual([AGENT.id]);
  });

  it('may come in two parts: the pod, then which of its containers', () => {
    let known: WorkloadInfo = { ...AGENT, container: null, image: null, digest: null };
    const into = pushAll(fold({ resolve: () => known }), [...START, file(103, 'b1', TOKEN)]);
    known = { ...AGENT, digest: 'sha256:1' };
    const segment = into.closeSegment();
    expect(segment.workloads).toMatchObject([
      { id: AGENT.id, instances: 1, containers: [{ name: 'main', digest: 'sha256:1' }] },
    ]);
    expect(rowsOf(segment, 'file-access')).toMatchObject([{ container: 'main' }]);
  });

  it('is kept once its pod is forgotten', () => {
    let known: WorkloadInfo | null = AGENT;
    const into = pushAll(fold({ resolve: () => known }), [...START, file(103, 'b1', TOKEN)]);
    known = null;
    expect(into.closeSegment().workloads.map(({ id }) => id)).toEqual([AGENT.id]);
  });

  it('keeps what stays unresolved under its path', () => {
    expect(segmentOf(START).workloads).toMatchObject([
      { id: `cgroup:machine-1${POD_PATH}`, unit: 'unresolved', resolvedBy: 'none', name: POD_PATH },
    ]);
  });

  it('counts pods of one workload, and takes the revision of the newest', () => {
    const other = POD_PATH.replaceAll('aaaa', 'bbbb');
    const infos = new Map([
      ['10', AGENT],
      ['11', { ...AGENT, instance: 'other', revision: 'rev-2' }],
    ]);
    const records = [
      ...START,
      cgroup('11', other, 120),
      proc(121, 'exec', { cg: '11', pid: 600, start: '120000000000', ...NODE }),
    ];
    const segment = segmentOf(records, { resolve: ({ id }) => infos.get(id) ?? null });
    expect(segment.workloads).toMatchObject([{ instances: 2, revision: 'rev-2' }]);
  });
});

describe('a bare host', () => {
  const SESSION = cgroup('30', '/user.slice/user-1000.slice/session-3.scope');
  const host = { cg: '30', uid: 1000, cwd: '/home/u' };
  const shell = proc(101, 'exists', { ...host, pid: 10, start: '10', exe: '/bin/bash', argv: ['-bash'] });
  const started = (pid: number, ppid: number, exe: string, ...argv: string[]): WireRecord[] => [
    proc(102, 'fork', { ...host, pid, start: `${pid}`, ppid, pstart: `${ppid}` }),
    proc(102.1, 'exec', {
      ...host,
      pid,
      start: `${pid}`,
      ppid,
      pstart: `${ppid}`,
      exe,
      argv: [exe, ...argv],
    }),
  ];

  it('names a process tree after the topmost ancestor that is no launcher', () => {
    const records = [
      header(),
      SESSION,
      shell,
      ...started(11, 10, '/usr/bin/node', 'agent.js'),
      ...started(12, 11, '/usr/bin/git', 'status'),
      connect(103, 'c1', '10.0.0.1', 443, { cg: '30', pid: 12, start: '12' }),
    ];
    const segment = segmentOf(records);
    const id = 'host:machine-1/proc/1000:/usr/bin/node:agent.js:/home/u';
    expect(segment.workloads.map((workload) => workload.id)).toEqual([
      'host:machine-1/proc/1000:/bin/bash::/home/u',
      id,
    ]);
    expect(rowsOf(segment, 'egress')).toMatchObject([{ workload: id, process: '/usr/bin/git' }]);
    expect(sessionsOf(segment).filter(({ workload }) => workload === id)).toHaveLength(1);
  });

  it('makes every selected pid a root', () => {
    const records = [
      header(),
      SESSION,
      ...started(11, 1, '/opt/super'),
      ...started(12, 11, '/usr/bin/node', 'a.js'),
    ];
    const ids = (roots: number[]) =>
      segmentOf(records, { roots: new Set(roots) }).workloads.map(({ name }) => name);
    expect(ids([])).toEqual(['super']);
    expect(ids([12])).toEqual(['super', 'node a.js']);
  });

  it('knows systemd units, and neither kernel threads nor the sensor', () => {
    const segment = segmentOf(
      [
        header(),
        cgroup('1', '/'),
        cgroup('20', '/system.slice/agent.service'),
        proc(101, 'exists', { cg: '1', pid: 2, start: '2', ppid: 0, pstart: '0', comm: 'kthreadd' }),
        proc(101, 'exists', { cg: '1', pid: 9, start: '2', ppid: 2, pstart: '2', comm: 'kworker' }),
        proc(101, 'exists', { cg: '1', pid: 77, start: '3', exe: '/opt/sensor' }),
        file(102, 'f1', '/secret', { cg: '1', pid: 77, start: '3' }),
        proc(101, 'exists', { cg: '20', pid: 50, start: '5', exe: '/usr/bin/agent' }),
      ],
      { ignore: new Set([77]) },
    );
    expect(segment.workloads.map(({ id }) => id)).toEqual(['host:machine-1/unit/agent.service']);
    expect(rowsOf(segment, 'file-access')).toEqual([]);
  });

  it('is one for what a container runtime starts in ever new folders', () => {
    const folders = ['ab', 'cd'].map((id) => `/run/containerd/task/moby/${id.repeat(32)}`);
    const runs = folders.map((cwd, i) => {
      const who = { ...host, pid: 11 + i, start: `${11 + i}`, cwd };
      return proc(102, 'exec', { ...who, exe: '/usr/sbin/runc', argv: ['runc', 'create'] });
    });
    const segment = segmentOf([header(), SESSION, ...runs]);
    expect(segment.workloads).toMatchObject([
      { id: 'host:machine-1/proc/1000:/usr/sbin/runc::/run/containerd/task/moby/*', instances: 2 },
    ]);
  });

  it('asks for another name of a tree', () => {
    const info = { ...AGENT, id: 'override', unit: 'process' as const };
    const segment = segmentOf([header(), SESSION, ...started(11, 1, '/usr/bin/node', 'a.js')], {
      hostProcess: ({ script, uid }) => (script === 'a.js' && uid === 1000 ? info : null),
    });
    expect(segment.workloads.map(({ id }) => id)).toEqual(['override']);
  });
});

describe('peers', () => {
  const dial = [
    connect(103, 'c1', '127.0.0.1', 80),
    connect(103, 'c2', '10.0.0.1', 443),
    connect(103, 'c3', '::ffff:10.0.0.2', 443),
  ];

  it('are resolved when dialled; loopback is marked, nobody is unresolved', () => {
    const segment = segmentOf([...START, ...dial], {
      peers: (address) =>
        address === '10.0.0.1'
          ? { resolution: 'service', namespace: 'llm', name: 'gw', labels: {}, backends: ['10.1.1.1:8443'] }
          : null,
    });
    expect(segment.peers.map(({ subject, resolution }) => `${subject} ${resolution}`)).toEqual([
      'tcp/10.0.0.1:443 service',
      'tcp/10.0.0.2:443 unresolved',
      'tcp/127.0.0.1:80 loopback',
    ]);
  });

  it('stay known for a later segment that still uses the connection', () => {
    const into = pushAll(fold(), [...START, ...dial]);
    into.closeSegment();
    pushAll(into, [count(300, 'c1', 1, { tx: 5000 })]);
    expect(into.closeSegment().peers.map(({ subject }) => subject)).toEqual(['tcp/127.0.0.1:80']);
  });
});

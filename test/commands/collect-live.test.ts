import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { collect } from '../../src/commands/collect.ts';
import { readManifest } from '../../src/sources/files/snapshot-reader.ts';
import { cgroupMount } from '../../src/sources/sensor/cgroup-tree.ts';
import { noProbes } from '../bpf/sensor-process.ts';
import { fakeIo, OPTIONS, subjects, workspace } from './collect-fake.ts';

const SENSOR = fileURLToPath(new URL('../../bpf/.output/ai-spm-sensor', import.meta.url));
const CLI = fileURLToPath(new URL('../../bin/ai-spm.js', import.meta.url));

const work = workspace('live');
const cgroups: string[] = [];
afterAll(() => {
  // First, since a file system that is left mounted stops the rest, and the next run would find a pod that is no news.
  for (const path of cgroups.reverse())
    try {
      rmdirSync(path);
    } catch {
      // Other tests have cgroups of their own in the slices above, or removed those with theirs.
    }
  work.remove();
});

/** Of this process: a run that was killed, or one beside this, has its pod in the same hierarchy. */
const OWN = process.pid.toString(16);
const POD_UID = `4c3064c0-8eb3-436c-8e1c-${OWN.padStart(12, '0')}`;
const CONTAINER = `c0ffee${OWN}`.padEnd(64, '0');

/** The cgroup that containerd with the systemd driver gives a container, in this machine's own hierarchy. */
function podCgroup(uid: string, container: string): string {
  const slice = `kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice`;
  let path = cgroupMount('v2');
  for (const part of [
    'kubepods.slice',
    'kubepods-burstable.slice',
    slice,
    `cri-containerd-${container}.scope`,
  ]) {
    path = join(path, part);
    if (!existsSync(path)) cgroups.push(path);
  }
  // In one go: other tests remove the slices above where they are empty.
  mkdirSync(path, { recursive: true });
  return path;
}

/** Reads each file once a while, in the given cgroup. */
function reader(cgroup: string | null, file: string, times = 12): Promise<void> {
  const enter = cgroup === null ? '' : `echo $$ > ${cgroup}/cgroup.procs;`;
  const child = spawn('sh', [
    '-c',
    `${enter} for i in $(seq ${times}); do cat ${file} >/dev/null; sleep 0.2; done`,
  ]);
  return new Promise((resolve) => child.once('close', () => resolve()));
}

function podList(namespace: string): string {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'agent-6f7d', controller: true, uid: 'u' };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'agent-6f7d-x',
      namespace,
      uid: POD_UID,
      labels: { app: 'agent', 'pod-template-hash': '6f7d' },
      ownerReferences: [owner],
    },
    spec: { serviceAccountName: 'agent', containers: [{ name: 'main', image: 'registry/agent:1' }] },
    status: {
      phase: 'Running',
      containerStatuses: [
        { name: 'main', image: 'registry/agent:1', imageID: '', containerID: `containerd://${CONTAINER}` },
      ],
    },
  };
  const path = work.at(`pods-${namespace}.json`);
  writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [pod] }));
  return path;
}

/** A program in front of the real sensor. */
function wrapped(name: string, script: string): Record<string, string> {
  writeFileSync(work.at(name), `#!/bin/sh\n${script}\n`);
  chmodSync(work.at(name), 0o755);
  return { AI_SPM_SENSOR: work.at(name) };
}

/** The program as a user starts it; resolves when it says that it observes. */
async function start(
  args: string[],
): Promise<{ child: ChildProcess; ended: Promise<number | null>; err: () => string }> {
  const child = spawn(process.execPath, [CLI, 'collect', '--no-live', ...args], { cwd: work.directory });
  let err = '';
  child.stderr.on('data', (text: Buffer) => {
    err += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  for (let i = 0; i < 200 && !err.includes('observing'); i++) await sleep(100);
  expect(err).toContain('observing');
  return { child, ended, err: () => err };
}

/** The window begins when it says so, however long attaching takes on a busy machine. */
async function attached(text: { err: string }): Promise<void> {
  for (let tries = 0; tries < 400 && !text.err.includes('observing'); tries++) await sleep(50);
}

describe.skipIf(noProbes)('real probes', () => {
  it('--check attaches every family', async () => {
    const { io, text } = fakeIo();
    expect(await collect({ ...OPTIONS, check: true }, io)).toBe(0);
    expect(text.out).toContain('All families attach here.');
  });

  it('--now takes what exists', async () => {
    const { io } = fakeIo();
    const output = work.at('now.snapshot.jsonl.zst');
    expect(await collect({ ...OPTIONS, now: true, output }, io)).toBe(0);
    const [segment] = await work.segments(output);
    expect(segment).toMatchObject({ mode: 'now', complete: true });
    expect(segment!.observations.count.length).toBeGreaterThan(10);
  });

  it('attributes a container to its Deployment, and follows only what the filter names as it comes', async () => {
    writeFileSync(work.at('inside'), 'x');
    writeFileSync(work.at('outside'), 'x');
    const { io, text } = fakeIo();
    const output = work.at('pods.snapshot.jsonl');
    const filtered = {
      for: '4s',
      output,
      namespace: ['shop'],
      selector: 'app in (agent)',
      pods: [podList('shop')],
    };
    const running = collect({ ...OPTIONS, ...filtered }, io);
    // Attaching takes its time on a busy machine; the pod comes after it.
    for (let tries = 0; tries < 200 && !text.err.includes('nothing matches'); tries++) await sleep(50);
    const cgroup = podCgroup(POD_UID, CONTAINER);
    await sleep(100);
    await Promise.all([reader(cgroup, work.at('inside')), reader(null, work.at('outside'))]);
    expect(await running).toBe(0);
    const [segment] = await work.segments(output);
    expect(segment!.workloads.map(({ id }) => id)).toEqual(['k8s:-/shop/Deployment/agent']);
    expect(segment!.workloads[0]).toMatchObject({
      id: 'k8s:-/shop/Deployment/agent',
      resolvedBy: 'pod-list',
      serviceAccount: 'agent',
      revision: '6f7d',
      instances: 1,
      containers: [{ name: 'main', image: 'registry/agent:1' }],
    });
    const files = subjects(segment!, 'file-access').join('\n');
    expect(files).toContain(work.at('inside'));
    expect(files).not.toContain(work.at('outside'));
    expect(text.err).toContain('nothing matches the filters yet');
  });

  it('--cgroup: names what was installed and what was loaded, with versions', async () => {
    for (const name of ['used-lib', 'idle-lib']) {
      mkdirSync(work.at(`app/node_modules/${name}`), { recursive: true });
      const manifest = { name, version: '1.2.3', main: 'index.js' };
      writeFileSync(work.at(`app/node_modules/${name}/package.json`), JSON.stringify(manifest));
      writeFileSync(work.at(`app/node_modules/${name}/index.js`), 'module.exports = 1;');
    }
    // npm leaves this beside what it installs.
    const entry = { version: '1.2.3' };
    const packages = { 'node_modules/used-lib': entry, 'node_modules/idle-lib': entry };
    writeFileSync(
      work.at('app/node_modules/.package-lock.json'),
      JSON.stringify({ name: 'app', lockfileVersion: 3, packages }),
    );
    writeFileSync(work.at('app/main.cjs'), "require('used-lib'); setTimeout(() => {}, 60_000);");
    const cgroup = podCgroup(POD_UID, CONTAINER);
    const output = work.at('inventory.snapshot.jsonl');
    const { io, text } = fakeIo();
    const running = collect({ ...OPTIONS, for: '3s', cgroup: [cgroup], output, pods: [podList('shop')] }, io);
    await attached(text);
    const command = `echo $$ > ${cgroup}/cgroup.procs; exec ${process.execPath} ${work.at('app/main.cjs')}`;
    const child = spawn('sh', ['-c', command]);
    expect(await running).toBe(0);
    child.kill();
    const [segment] = await work.segments(output);
    const used = segment!.artifacts.filter(({ kind }) => kind === 'library');
    expect(used.map(({ purl, version, state }) => [purl, version, state])).toEqual([
      ['pkg:npm/used-lib@1.2.3', '1.2.3', 'imported'],
    ]);
    const [inventory] = segment!.epochs.filter(({ thing }) => thing === 'library-inventory');
    expect(inventory!.members).toEqual(['pkg:npm/idle-lib@1.2.3', 'pkg:npm/used-lib@1.2.3']);
  });

  it('--cgroup of many: all are followed, and the end comes in time', async () => {
    const parent = join(cgroupMount('v2'), `ai-spm-test-${process.pid}.slice`);
    for (const path of [parent, ...Array.from({ length: 150 }, (_, i) => join(parent, `s${i}.service`))]) {
      mkdirSync(path);
      cgroups.push(path);
    }
    const output = work.at('many.snapshot.jsonl');
    const { io, text } = fakeIo();
    const running = collect({ ...OPTIONS, for: '2s', cgroup: [parent], output }, io);
    await attached(text);
    // Once, and at once: what it says that it observes it observes.
    await Promise.all([0, 149].map((i) => reader(join(parent, `s${i}.service`), work.at('inside'), 1)));
    expect(await running).toBe(0);
    const [segment] = await work.segments(output);
    expect(segment).toMatchObject({ complete: true });
    expect(segment!.workloads.map(({ name }) => name).sort()).toEqual(['s0.service', 's149.service']);
  });

  it('--pid sees the process tree only', async () => {
    writeFileSync(work.at('tree'), 'x');
    writeFileSync(work.at('beside'), 'x');
    const [child, beside] = ['tree', 'beside'].map((name) =>
      spawn('sh', ['-c', `while cat ${work.at(name)}; do sleep 0.2; done`], { stdio: 'ignore' }),
    );
    const output = work.at('pid.snapshot.jsonl');
    const { io } = fakeIo();
    expect(await collect({ ...OPTIONS, for: '2s', pid: [String(child!.pid)], output }, io)).toBe(0);
    for (const one of [child, beside]) one!.kill();
    const files = (await work.segments(output))
      .flatMap((segment) => subjects(segment, 'file-access'))
      .join('\n');
    expect(files).toContain(work.at('tree'));
    expect(files).not.toContain(work.at('beside'));
  });

  it('--pid of a process that is gone is refused: an empty window would read as an idle agent', async () => {
    const child = spawn('true');
    await new Promise((resolve) => child.once('close', resolve));
    const output = work.at('gone.snapshot.jsonl');
    const run = collect({ ...OPTIONS, for: '1s', pid: [String(child.pid)], output }, fakeIo().io);
    await expect(run).rejects.toThrow(`--pid: there is no process ${child.pid}`);
    expect(existsSync(output)).toBe(false);
  });

  it('a replay of the stream gives the segment of the live run', async () => {
    const tee = wrapped('tee', `${SENSOR} "$@" | tee ${work.at('recorded.ndjson')}`);
    const live = work.at('first.snapshot.jsonl');
    expect(await collect({ ...OPTIONS, for: '2s', output: live }, fakeIo(tee).io)).toBe(0);
    const again = work.at('second.snapshot.jsonl');
    const replay = { replay: work.at('recorded.ndjson'), output: again };
    expect(await collect({ ...OPTIONS, ...replay }, fakeIo().io)).toBe(0);
    const [[a], [b]] = [await work.segments(live), await work.segments(again)];
    expect(b).toEqual({ ...a!, cost: { ...a!.cost, collectCpuMs: 0 } });
  });

  it('a refused program is reported, and the other families go on', async () => {
    const refusing = wrapped('refusing', `exec ${SENSOR} --refuse file_open "$@"`);
    const output = work.at('refused.snapshot.jsonl');
    const { io, text } = fakeIo(refusing);
    expect(await collect({ ...OPTIONS, for: '1s', output }, io)).toBe(0);
    expect(text.err).toMatch(/program file_open .* was refused/);
    const [segment] = await work.segments(output);
    const programs = segment!.sensor.families.flatMap((family) => family.programs);
    expect(programs.find(({ name }) => name === 'file_open')).toMatchObject({ attached: false });
    expect(programs.find(({ name }) => name === 'process_exec')).toMatchObject({ attached: true });
  });
});

describe.skipIf(noProbes)('the program', () => {
  it('Ctrl-C once writes a valid partial snapshot: exit code 130', async () => {
    const { child, ended, err } = await start(['--for', '60s', '-o', 'interrupted.snapshot.jsonl.zst']);
    await sleep(500);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    const [segment] = await work.segments(work.at('interrupted.snapshot.jsonl.zst'));
    expect(segment).toMatchObject({ complete: false });
    expect(segment!.partialReason).toMatch(/interrupted by SIGINT/);
    expect(err()).toContain('wrote interrupted.snapshot.jsonl.zst');
  });

  it('killed, leaves nothing that reads as whole, and no sensor; the next run cleans up', async () => {
    const name = 'killed.snapshot.jsonl.zst';
    const { child, ended } = await start(['--for', '60s', '-o', name]);
    const sensors = execFileSync('pgrep', ['-P', String(child.pid)])
      .toString()
      .trim()
      .split('\n');
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(work.at(name))).toBe(false);
    const left = readdirSync(work.directory).filter((file) => file.includes('killed'));
    expect(left).toHaveLength(1);
    await expect(readManifest(work.at(left[0]!))).rejects.toMatchObject({ name: 'UserError' });
    for (let i = 0; i < 50 && sensors.some((pid) => existsSync(`/proc/${pid}`)); i++) await sleep(100);
    expect(sensors.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    const { io } = fakeIo();
    expect(await collect({ ...OPTIONS, now: true, output: work.at(name) }, io)).toBe(0);
    expect(readdirSync(work.directory).filter((file) => file.includes('killed'))).toEqual([name]);
  });

  it('on a full disk keeps what was there, saves elsewhere, and says both', async () => {
    const disk = work.at('disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    try {
      writeFileSync(join(disk, 'full.snapshot.jsonl'), 'what was there');
      const { io, text } = fakeIo();
      const output = join(disk, 'full.snapshot.jsonl');
      writeFileSync(join(disk, 'filler'), Buffer.alloc(56 * 1024));
      expect(await collect({ ...OPTIONS, for: '1s', output }, io)).toBe(4);
      expect(text.err).toMatch(/cannot write .*full\.snapshot\.jsonl: ENOSPC/);
      const rescued = /wrote (\S+full\.snapshot\.jsonl) /.exec(text.err)?.[1];
      expect(await work.segments(rescued!)).toHaveLength(1);
      expect(readdirSync(disk).sort()).toEqual(['filler', 'full.snapshot.jsonl']);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeCommand } from '../../src/sources/sensor/commands.ts';
import { noProbes, output, type SensorRun, startSensor, waiting } from './sensor-process.ts';

const MOUNT = /^cgroup2? (\S+) cgroup2 /m.exec(readFileSync('/proc/self/mounts', 'utf8'))?.[1];
const made: string[] = [];
/** Of this process: a run beside this, or one that was killed, has cgroups in the same hierarchy. */
const OWN = `ai-spm-test-${process.pid}`;

function cgroup(name: string): { path: string; dir: string; id: string } {
  const path = `/${OWN}-${name}`;
  const dir = join(MOUNT!, path);
  mkdirSync(dir, { recursive: true });
  made.push(dir);
  return { path, dir, id: String(statSync(dir).ino) };
}

/** Runs a shell script inside a cgroup, from its first instruction on. */
async function inside(dir: string, script: string): Promise<void> {
  await output('sh', '-c', `echo $$ > ${dir}/cgroup.procs && exec sh -c '${script}'`);
}

async function add(
  run: SensorRun,
  id: string,
  op: 'cgroup-add' | 'cgroup-remove' = 'cgroup-add',
): Promise<number> {
  const before = run.of('reply').length;
  run.child.stdin!.write(encodeCommand(op, before, { cgroup: id }));
  await run.until(() => run.of('reply').length > before, 'a reply');
  return run.of('reply').at(-1)!.errno;
}

const acting = (run: SensorRun) =>
  new Set(run.records.flatMap((r) => ('cg' in r && 'pid' in r ? [r.cg] : [])));

describe.skipIf(noProbes ?? (MOUNT ? undefined : 'no cgroup2'))('counters', () => {
  it('of cgroups that are gone make room for those of new ones', async () => {
    const run = await startSensor(
      '--max-coverage',
      '200',
      '--families',
      'process,file',
      '--checkpoint-ms',
      '50',
    );
    const ids: string[] = [];
    for (let i = 0; i < 120; i++) {
      const one = cgroup(`churn-${i}`);
      ids.push(one.id);
      await inside(one.dir, 'cat /etc/hostname');
      rmdirSync(made.pop()!);
    }
    await run.stop();
    const covered = new Set(run.of('coverage').map(({ cg, signal }) => `${cg} ${signal}`));
    for (const id of ids) expect(covered).toContain(`${id} file`);
    expect(run.of('coverage').filter(({ cg }) => cg === '0')).toEqual([]);
  });
});

describe.skipIf(noProbes ?? (MOUNT ? undefined : 'no cgroup2'))('scope', () => {
  afterEach(() => {
    for (const dir of made.splice(0).reverse()) rmdirSync(dir);
  });

  it('is nothing until a cgroup is added, then that one and those below it', async () => {
    const mine = cgroup('a');
    const below = cgroup('a/below');
    const other = cgroup('b');
    const run = await startSensor('--cgroup-only');
    await inside(mine.dir, 'cat /etc/hostname');
    expect(await add(run, mine.id)).toBe(0);
    await inside(other.dir, 'cat /etc/hosts');
    await inside(mine.dir, 'cat /etc/passwd');
    await inside(below.dir, 'cat /etc/group');
    expect(await add(run, mine.id, 'cgroup-remove')).toBe(0);
    await inside(mine.dir, 'cat /etc/shells');
    expect(await add(run, '18446744073709551615')).not.toBe(0);
    await run.stop();
    expect(run.invalid).toEqual([]);
    const opened = run.of('file').map((f) => f.path);
    expect(opened).toEqual(expect.arrayContaining(['/etc/passwd', '/etc/group']));
    for (const path of ['/etc/hostname', '/etc/hosts', '/etc/shells']) expect(opened).not.toContain(path);
    expect(acting(run)).toEqual(new Set([mine.id, below.id]));
    expect(run.of('cgroup').map((c) => c.path)).toEqual(expect.arrayContaining([mine.path, below.path]));
    const sets = run.of('syscalls').map((s) => s.cg);
    expect(new Set(sets)).toEqual(new Set([mine.id, below.id]));
  });

  it('shows what already runs in a cgroup when it is added, once, and nothing else', async () => {
    const mine = cgroup('there');
    const program = 'f = open("/etc/group"); import sys; print("up", flush=True); sys.stdin.read()';
    const there = await waiting(
      'sh',
      '-c',
      `echo $$ > ${mine.dir}/cgroup.procs; exec python3 -c '${program}'`,
    );
    const run = await startSensor('--cgroup-only');
    const empty = cgroup('empty');
    for (const { id } of [mine, mine, empty]) expect(await add(run, id)).toBe(0);
    const now = await startSensor('--now', '--cgroup-only');
    now.child.stdin!.write(encodeCommand('cgroup-add', 1, { cgroup: mine.id }));
    await now.ended();
    await run.until(() => run.of('mapping')[0], 'what is mapped');
    await run.stop();
    there.stdin!.end();
    await once(there, 'close');
    for (const seen of [run, now]) {
      expect(seen.invalid).toEqual([]);
      expect(seen.of('process').map((p) => [p.ev, p.cg])).toEqual([['exists', mine.id]]);
      expect(acting(seen)).toEqual(new Set([mine.id]));
      expect(seen.of('file').filter((f) => f.path === '/etc/group')).toHaveLength(1);
    }
    expect(now.of('trailer')[0]!.reason).toBe('now');
  });

  it('follows a process tree: what is there, and what is born', async () => {
    const program =
      'cat /etc/hostname >/dev/null; echo up; read line; cat /etc/passwd; sh -c "cat /etc/group; :"; echo done; read line';
    const tree = await waiting('sh', '-c', `sh -c '${program}'; :`);
    const run = await startSensor('--pid-tree', String(tree.pid));
    await output('cat', '/etc/shells');
    tree.stdin!.write('\n');
    let said = '';
    tree.stdout!.on('data', (text) => {
      said += text;
    });
    await run.until(() => said.includes('done\n'), 'its end');
    await run.stop();
    tree.stdin!.end();
    const opened = run.of('file').map((f) => f.path);
    expect(opened).toEqual(expect.arrayContaining(['/etc/passwd', '/etc/group']));
    expect(opened).not.toContain('/etc/shells');
    expect(run.of('process').filter((p) => p.ev === 'exists')).toHaveLength(2);
  });

  it('says when a cgroup has gone, after its last counts', async () => {
    const { dir, id, path } = cgroup('gone');
    const run = await startSensor('--checkpoint-ms', '200');
    await inside(dir, 'cat /etc/passwd');
    rmdirSync(made.pop()!);
    const gone = await run.until(
      () => run.records.findIndex((r) => r.t === 'cgroup-gone' && r.id === id) + 1,
      'its end',
    );
    await run.stop();
    const ids = new Set(run.of('file').flatMap((f) => (f.cg === id ? [f.id] : [])));
    expect(ids.size).toBeGreaterThan(0);
    const last = run.records.findLastIndex((r) => r.t === 'count' && ids.has(r.id));
    expect(last).toBeLessThan(gone);
    expect(run.of('cgroup').find((c) => c.id === id)?.path).toBe(path);
  });
});

/** A container whose own name resembles nothing: the runtime works in its cgroup until its last exec. */
describe.skipIf(noProbes ?? whyNoRunc())('a real container', () => {
  it('has the runtime apart from the workload', async () => {
    const bundle = execFileSync('mktemp', ['-d']).toString().trim();
    const path = `/${OWN}.scope`;
    makeBundle(bundle, path);
    const run = await startSensor();
    const runc = spawn('runc', ['run', '-b', bundle, OWN], { stdio: 'ignore' });
    await once(runc, 'close');
    await run.stop();
    execFileSync('rm', ['-rf', bundle]);
    expect(runc.exitCode).toBe(0);
    const cg = run.of('cgroup').find((c) => c.path === path)!.id;
    const phase = (name: string) =>
      new Set(run.of('syscalls').flatMap((s) => (s.cg === cg && s.phase === name ? s.nrs : [])));
    const PIVOT_ROOT = 155;
    const EXIT_GROUP = 231;
    expect(phase('init')).toContain(PIVOT_ROOT);
    expect(phase('run')).not.toContain(PIVOT_ROOT);
    expect(phase('run')).toContain(EXIT_GROUP);
    const workload = run.of('process').filter((p) => p.cg === cg && p.ev === 'exec' && !p.init);
    expect(workload.map((p) => p.argv)).toEqual([['/bin/busybox', 'cat', '/etc/motd']]);
    expect(workload[0]!.exe).toBe('/bin/busybox');
    const opened = run.of('file').filter((f) => f.cg === cg && f.pid === workload[0]!.pid);
    expect(opened.map((f) => f.path)).toContain('/etc/motd');
  });
});

function whyNoRunc(): string | undefined {
  try {
    execFileSync('runc', ['--version'], { stdio: 'ignore' });
    execFileSync('busybox', ['true'], { stdio: 'ignore' });
    return MOUNT ? undefined : 'no cgroup2';
  } catch {
    process.stderr.write('container test skipped: no runc or no busybox\n');
    return 'no runc';
  }
}

function makeBundle(bundle: string, cgroupsPath: string): void {
  const script = `
    mkdir -p ${bundle}/rootfs/bin ${bundle}/rootfs/etc && cp $(command -v busybox) ${bundle}/rootfs/bin/busybox
    echo hello > ${bundle}/rootfs/etc/motd && cd ${bundle} && runc spec`;
  execFileSync('sh', ['-c', script]);
  const file = join(bundle, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8'));
  config.process.args = ['/bin/busybox', 'cat', '/etc/motd'];
  config.process.terminal = false;
  config.linux.cgroupsPath = cgroupsPath;
  execFileSync('tee', [file], { input: JSON.stringify(config), stdio: ['pipe', 'ignore', 'inherit'] });
}

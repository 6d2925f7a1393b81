/** The derived profile under the real runtime: what strace saw the workload call is allowed, and nothing else. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { seccompPolicy } from '../../src/derive/seccomp.ts';
import { runtimeBase } from '../../src/derive/seccomp-profile.ts';
import { DEFAULT_THRESHOLDS } from '../../src/reconcile/thresholds.ts';
import { observedWorkload, seen, workload } from './ledgers.ts';

const BUSYBOX = ['/usr/bin/busybox', '/bin/busybox'].find((path) => existsSync(path));
const has = (command: string) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

function missing(): string | null {
  if (process.getuid?.() !== 0) return 'not root';
  if (!has('runc')) return 'no runc (apt install runc)';
  if (!has('strace')) return 'no strace (apt install strace)';
  if (BUSYBOX === undefined) return 'no busybox (apt install busybox-static)';
  if (spawnSync('ldd', [BUSYBOX]).status === 0) return 'busybox is not static (apt install busybox-static)';
  return bundleProblem();
}

const directory = mkdtempSync(join(tmpdir(), 'ai-spm-runc-'));

type Bundle = {
  process: { terminal: boolean; args: string[]; noNewPrivileges: boolean };
  linux: { seccomp?: unknown; resources?: unknown; namespaces: { type: string }[] };
  root: { readonly: boolean };
};

function run(args: readonly string[], seccomp?: unknown, noNewPrivileges = true) {
  const config = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as Bundle;
  config.process = { ...config.process, terminal: false, args: [...args], noNewPrivileges };
  config.root.readonly = false;
  const { resources: _, ...linux } = config.linux;
  config.linux = { ...linux, namespaces: linux.namespaces.filter(({ type }) => type !== 'cgroup'), seccomp };
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
  const id = `ai-spm-test-${process.pid}`;
  const result = spawnSync('runc', ['run', id], { cwd: directory, encoding: 'utf8', timeout: 20_000 });
  if (result.status !== 0) spawnSync('runc', ['delete', '--force', id]);
  return { status: result.status, output: result.stdout + result.stderr };
}

/** A machine may have runc and still not let it make a container. */
function bundleProblem(): string | null {
  for (const path of ['bin', 'proc', 'tmp']) mkdirSync(join(directory, 'rootfs', path), { recursive: true });
  copyFileSync(BUSYBOX!, join(directory, 'rootfs/bin/busybox'));
  execFileSync('runc', ['spec'], { cwd: directory });
  const { status, output } = run(['/bin/busybox', 'true']);
  return status === 0 ? null : `runc cannot start a container here: ${output.slice(0, 200)}`;
}

/** Truth by another program. */
function straced(...args: string[]): string[] {
  const file = join(directory, 'strace.txt');
  execFileSync('strace', ['-f', '-qq', '-o', file, BUSYBOX!, ...args]);
  return [
    ...new Set([...readFileSync(file, 'utf8').matchAll(/^\d+\s+([a-z0-9_]+)\(/gm)].map(([, name]) => name!)),
  ];
}

function profileFor(calls: readonly string[]): unknown {
  const observations = calls.map((name) => seen('syscall', name));
  const view = workload({ observed: observedWorkload({ observations }) });
  const policy = seccompPolicy(view, [], { now: '2026-11-21T05:00:00Z', thresholds: DEFAULT_THRESHOLDS })!;
  expect(policy.status).toBe('derived');
  return JSON.parse(policy.document!);
}

const reason = missing();
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.skipIf(reason !== null)(
  `derived seccomp profile under runc${reason === null ? '' : ` (skipped: ${reason})`}`,
  () => {
    const calls = reason === null ? straced('cat', '/proc/self/status') : [];

    it.each([true, false])('the workload runs, again and again (no_new_privs: %s)', (noNewPrivileges) => {
      const profile = profileFor(calls);
      for (let i = 0; i < 10; i++) {
        const { status, output } = run(
          ['/bin/busybox', 'cat', '/proc/self/status'],
          profile,
          noNewPrivileges,
        );
        expect(output).toMatch(/^Seccomp:\s+2$/m);
        expect(status).toBe(0);
      }
    });

    it('a call that it never made fails with EPERM', () => {
      expect(calls).not.toContain('mkdir');
      const { status, output } = run(['/bin/busybox', 'mkdir', '/tmp/new'], profileFor(calls));
      expect(output).toContain('Operation not permitted');
      expect(status).not.toBe(0);
      expect(existsSync(join(directory, 'rootfs/tmp/new'))).toBe(false);
    });

    it('and works once it was observed', () => {
      const { status } = run(
        ['/bin/busybox', 'mkdir', '/tmp/new'],
        profileFor([...calls, 'mkdir', ...straced('mkdir', '-p', '/tmp')]),
      );
      expect(status).toBe(0);
      expect(existsSync(join(directory, 'rootfs/tmp/new'))).toBe(true);
    });

    it('without the runtime base the container does not even start', () => {
      const profile = profileFor(calls) as { syscalls: { names: string[] }[] };
      const base = new Set(runtimeBase().filter((name) => !calls.includes(name)));
      const bare = {
        ...profile,
        syscalls: profile.syscalls.map((rule) => ({
          ...rule,
          names: rule.names.filter((name) => !base.has(name)),
        })),
      };
      expect(run(['/bin/busybox', 'cat', '/proc/self/status'], bare).status).not.toBe(0);
    });
  },
);

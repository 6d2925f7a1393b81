/** `npm run demo` where eBPF cannot run: the recorded stream instead of the probes, and the same two audits. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Report, reportSchema } from '../../src/model/report.ts';
import { DEFAULT_THRESHOLDS } from '../../src/reconcile/thresholds.ts';
import { type CliResult, ROOT, widest } from '../cli/run-cli.ts';

const NOBODY = 65534;
const NODE = realpathSync(process.execPath);

type Obstacle = { reason: RegExp; command: (demo: string) => string[] };
/** Each takes root to arrange; an ordinary user has the first one for nothing. */
const OBSTACLES: Record<string, Obstacle> = {
  'without root': {
    reason: /not root/,
    command: (demo) =>
      isRoot()
        ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', NODE, demo]
        : [NODE, demo],
  },
  'on a kernel without BTF': {
    reason: /this kernel has no BTF \(\/sys\/kernel\/btf\/vmlinux\)/,
    command: (demo) => {
      const hidden = 'mount -t tmpfs none /sys/kernel/btf && exec "$0" "$1"';
      return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', hidden, NODE, demo];
    },
  },
  'as root of a container': {
    reason: /the probes are refused/,
    command: (demo) => ['setpriv', `--bounding-set=-all,${OF_A_CONTAINER}`, NODE, demo],
  },
};

/** What Docker leaves to root, as far as files go. */
const OF_A_CONTAINER = ['chown', 'dac_override', 'fowner', 'setuid', 'setgid', 'sys_chroot', 'mknod']
  .map((one) => `+${one}`)
  .join();
const SENSOR = 'bpf/.output/ai-spm-sensor';

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function whySkip(name: string): string | null {
  if (process.platform !== 'linux') return 'not Linux';
  if (name === 'on a kernel without BTF' && (!isRoot() || !existsSync('/sys/kernel/btf')))
    return 'hiding BTF takes root, and BTF';
  if (name === 'as root of a container' && (!isRoot() || !existsSync(join(ROOT, SENSOR))))
    return 'it takes root, and the sensor (make -C bpf)';
  return null;
}

/** A checkout of somebody else's, as far as the demo reads it. */
function checkout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-demo-'));
  for (const part of ['bin', 'src', 'fixtures/estate', 'fixtures/sensor', 'fixtures/history', 'package.json'])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  if (existsSync(join(ROOT, SENSOR))) cpSync(join(ROOT, SENSOR), join(folder, SENSOR));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  if (isRoot()) execFileSync('chown', ['-R', '-h', `${NOBODY}:${NOBODY}`, folder]);
  chmodSync(folder, 0o755);
  return folder;
}

describe.each(Object.entries(OBSTACLES))('the demo %s', (name, { reason, command }) => {
  const skipped = whySkip(name);
  let folder: string;
  let result: CliResult;

  beforeAll(() => {
    if (skipped) return console.warn(`the demo ${name} is skipped: ${skipped}`);
    folder = checkout();
    const [program, ...args] = command(join(folder, 'bin/demo.ts'));
    const { status, stdout, stderr } = spawnSync(program!, args, {
      cwd: '/',
      env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent' },
      encoding: 'utf8',
    });
    result = { code: status, stdout, stderr };
  }, 120_000);
  afterAll(() => folder && rmSync(folder, { recursive: true }));

  it.skipIf(skipped)('says so in its first line, and why', () => {
    const [first, second] = result.stdout.split('\n');
    expect(first, result.stderr).toMatch(/^eBPF cannot run here: /);
    expect(first).toMatch(reason);
    expect(second).toMatch(/^Replaying the recorded stream fixtures\/sensor\//);
  });

  describe.skipIf(skipped)('then', () => {
    const report = (file: string): Report =>
      reportSchema.parse(JSON.parse(readFileSync(join(folder, 'demo-out', file), 'utf8')));
    const gaps = ({ findings }: Report) => [...new Set(findings.map(({ gap }) => gap))].toSorted();

    it('prints both audits, each under its name, in 80 columns', () => {
      expect(result.code, result.stderr).toBe(0);
      const [, replayed, history] = result.stdout.split('\n━━ ');
      expect(replayed).toMatch(/^REPLAYED WINDOW ━/);
      expect(history).toMatch(/^RECORDED 14-DAY HISTORY OF THE SAME AGENT ━/);
      for (const part of [replayed!, history!]) expect(part).toMatch(/^AGENT +USED\/CONFIGURED +G1 +G2 +G3/m);
      const ours = result.stdout.split('\n').filter((line) => !line.startsWith('$ '));
      expect(widest(ours.join('\n'))).toBeLessThanOrEqual(80);
    });

    it('audits the replayed window as a short one: use shows, disuse and shifts do not', () => {
      const { findings, cannotTell, thresholds } = report('live.json');
      expect(thresholds).toEqual(DEFAULT_THRESHOLDS);
      const kinds = new Set(findings.map(({ kind }) => kind));
      expect([...kinds].toSorted()).toEqual([
        'foreign-policy-egress',
        'inherited-api-access',
        'undeclared-model',
        'unloaded-library',
      ]);
      const unknown = new Set(cannotTell.map(({ kind }) => kind));
      for (const kind of ['unused-egress', 'unread-secret', 'destination-shift', 'process-shift'] as const)
        expect(unknown).toContain(kind);
    });

    it('shows all three gaps in the recorded history, with the same thresholds', () => {
      const history = report('history.json');
      expect(history.thresholds).toEqual(DEFAULT_THRESHOLDS);
      expect(gaps(history)).toEqual([1, 2, 3]);
    });
  });
});

/** The sample agent for real: what the auditor is checked against must itself be right. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { cgroupPath, cgroupRoot, pidsIn } from '../../fixtures/agent/sandbox/cgroup.ts';
import { readAgentPod } from '../../fixtures/agent/sandbox/estate.ts';
import { type RunningAgent, startAgent } from '../../fixtures/agent/sandbox.ts';
import { parseTruth, type TruthKind, type TruthRecord } from '../../fixtures/agent/truth.ts';
import { Strace } from './strace.ts';

const whyNot = (): string | null => {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  const missing = ['ip', 'unshare', 'openssl', 'cc'].filter((one) => spawnSync('which', [one]).status !== 0);
  return missing.length > 0 ? `no ${missing.join(', ')}` : null;
};
const reason = whyNot();
/** The agents of other tests come first, one after the other (sandbox/lock.ts). */
const TURN_MS = 130_000;

const folder = mkdtempSync(join(tmpdir(), 'agent-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function until(what: string, done: () => boolean, limitMs = 60_000): Promise<void> {
  for (const end = Date.now() + limitMs; !done(); await sleep(30)) {
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms for: ${what}`);
  }
}

const ofKind = <K extends TruthKind>(truth: readonly TruthRecord[], kind: K) =>
  truth.filter((one): one is TruthRecord & { kind: K } => one.kind === kind);

describe('the estate', () => {
  it('names the pod that the sandbox runs, and grants it lists only through the group', () => {
    const pod = readAgentPod();
    expect(pod.containerId).toMatch(/^[0-9a-f]{64}$/);
    expect(pod.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(pod.mayList).toEqual(['configmaps', 'pods']);
    expect(cgroupPath(pod)).toMatch(
      /^\/kubepods\.slice\/kubepods-burstable\.slice\/kubepods-burstable-pod[0-9a-f_]{36}\.slice\/cri-containerd-[0-9a-f]{64}\.scope$/,
    );
  });
});

describe.skipIf(reason !== null)(
  `the agent in its sandbox${reason === null ? '' : ` (skipped: ${reason})`}`,
  () => {
    const truthLog = join(folder, 'truth.ndjson');
    const read = (): TruthRecord[] =>
      existsSync(truthLog) ? parseTruth(readFileSync(truthLog, 'utf8')) : [];
    let agent: RunningAgent;
    let directory: string;
    let inode: number | null;
    let truth: TruthRecord[];
    let strace: Strace | null;
    const inside: { maps: string; caps: string; netns: string } = { maps: '', caps: '', netns: '' };

    beforeAll(async () => {
      const events = { modelUpdateAt: 6, catalogChangeAt: 8, shiftAt: 10 };
      agent = await startAgent({ seed: 3, rate: 2, sessions: 20, ...events, truthLog });
      directory = join(cgroupRoot(), agent.cgroupPath);
      inode = inodeOf(directory);
      await until('a session', () => ofKind(read(), 'session').length > 0);
      strace = await Strace.attach(pidsIn(directory), join(folder, 'strace.log'));
      const { child } = ofKind(read(), 'model-load')[0]!;
      inside.maps = readFileSync(`/proc/${child}/maps`, 'utf8');
      inside.caps = readFileSync(`/proc/${agent.pid}/status`, 'utf8');
      inside.netns = readlinkSync(`/proc/${agent.pid}/ns/net`);
      expect(await agent.ended).toBe(0);
      await strace?.stop();
      truth = read();
    }, TURN_MS + 90_000);
    afterAll(() => agent?.stop());

    it('does every kind of thing, and carries every session through', () => {
      const kinds = new Set(truth.map(({ kind }) => kind));
      const all =
        'agent api-call catalog connect import llm-call lookup model-load read request session spawn tool-call write';
      expect([...kinds].toSorted()).toEqual(all.split(' '));
      const sessions = ofKind(truth, 'session');
      expect(sessions.filter(({ event }) => event === 'start')).toHaveLength(20);
      expect(sessions.filter(({ event }) => event === 'end')).toHaveLength(20);
      expect(new Set(sessions.map(({ mode }) => mode))).toEqual(new Set(['worker', 'inline']));
    });

    it('runs in the cgroup of the estate, without capabilities, in a network of its own', () => {
      expect(agent.cgroupPath).toBe(cgroupPath(readAgentPod()));
      expect(inside.caps).toMatch(/CapEff:\s+0{16}/);
      expect(inside.netns).not.toBe(readlinkSync('/proc/self/ns/net'));
    });

    it('maps the declared model, then the one that nothing declares', () => {
      expect(inside.maps).toContain('/models/corpus-embed-v1.safetensors');
      const paths = ofKind(truth, 'model-load').map(({ path }) => path);
      expect(paths[0]).toBe('/models/corpus-embed-v1.safetensors');
      expect(paths.at(-1)).toBe('/models/corpus-embed-v2-exp.safetensors');
    });

    it('imports its frameworks, and never the library that is only installed', () => {
      const libraries = new Set(ofKind(truth, 'import').map(({ library }) => library));
      expect(libraries).toContain('openai');
      expect(libraries).toContain('@modelcontextprotocol/sdk');
      expect(libraries).not.toContain('@langchain/core');
      expect(existsSync(new URL('../../fixtures/agent/node_modules/@langchain/core', import.meta.url))).toBe(
        true,
      );
    });

    it('reads its token, never its mounted credentials, and lists with what the group may', () => {
      const files = ofKind(truth, 'read').map(({ path }) => path);
      expect(files).toContain('/var/run/secrets/kubernetes.io/serviceaccount/token');
      expect(files.filter((path) => path.startsWith('/etc/agent/credentials'))).toEqual([]);
      for (const { path, status } of ofKind(truth, 'api-call'))
        expect(status).toBe(path.endsWith('/secrets') ? 403 : 200);
    });

    it('reaches the feature store, and never the vector store', () => {
      const reached = new Set(ofKind(truth, 'connect').map(({ address, port }) => `${address}:${port}`));
      expect(reached).toContain('10.96.0.20:443');
      expect(reached).toContain('10.96.7.7:8080');
      expect([...reached].filter((one) => one.startsWith('10.96.0.30'))).toEqual([]);
    });

    it('tells a connected client of the new tool, and shows it to those that connect later', () => {
      const supervisor = ofKind(truth, 'catalog').filter(
        ({ side, pid }) => side === 'client' && pid === agent.pid,
      );
      expect(supervisor.map(({ tools }) => tools.includes('export_dataset'))).toEqual([false, true]);
    });

    it('notes everything that strace sees', ({ skip }) => {
      if (!strace) return skip('strace is not installed');
      const { connects, programs, opened } = strace.read();
      expect(connects.length).toBeGreaterThan(10);
      expect(programs.length).toBeGreaterThan(10);
      const noted = {
        connects: ofKind(truth, 'connect').map(({ address, port }) => `${address}:${port}`),
        programs: ofKind(truth, 'spawn').map(({ program }) => program),
        opened: [...ofKind(truth, 'read'), ...ofKind(truth, 'model-load')].map(({ path }) => path),
      };
      expect(missing(connects, noted.connects)).toEqual([]);
      expect(missing(programs, noted.programs)).toEqual([]);
      const ofInterest = opened.filter((path) => /^\/(models|etc\/agent|var\/run\/secrets)\//.test(path));
      expect(ofInterest.length).toBeGreaterThan(0);
      expect(missing(ofInterest, noted.opened)).toEqual([]);
    });

    it('leaves nothing behind', async () => {
      await agent.stop();
      expect(inodeOf(directory)).not.toBe(inode);
      expect(existsSync(agent.state)).toBe(false);
      expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(agent.state);
      expect(networkNamespaces()).not.toContain(inside.netns);
    });
  },
);

describe.skipIf(reason !== null)('a caller that is killed', () => {
  it(
    'leaves nothing behind either',
    async () => {
      const log = join(folder, 'killed.ndjson');
      const script = new URL('../../fixtures/agent/sandbox.ts', import.meta.url).pathname;
      const caller = spawn(process.execPath, [script, '--log', log], { stdio: 'ignore' });
      const directory = join(cgroupRoot(), cgroupPath(readAgentPod()));
      onTestFinished(() => void caller.kill('SIGKILL'));
      const runs = () => existsSync(log) && readFileSync(log, 'utf8').includes('"session"');
      await until('its agent', runs, TURN_MS + 30_000);
      const inode = inodeOf(directory);
      const mounts = readFileSync(`/proc/${pidsIn(directory)[0]}/mountinfo`, 'utf8');
      const state = /\/report-agent-\w+(?=\/models )/.exec(mounts)![0];
      expect(pidsIn(directory).length).toBeGreaterThan(0);
      caller.kill('SIGKILL');
      await until(
        'the clean-up',
        () => inodeOf(directory) !== inode && !existsSync(join(tmpdir(), state)),
        15_000,
      );
    },
    TURN_MS + 60_000,
  );
});

/** Tells one cgroup from the next of the same name, which another sandbox may have made meanwhile. */
function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

/** What occurs in `seen` more often than in `noted`. */
function missing(seen: readonly string[], noted: readonly string[]): string[] {
  const count = (list: readonly string[], one: string): number =>
    list.filter((other) => other === one).length;
  return [...new Set(seen)].filter((one) => count(seen, one) > count(noted, one));
}

function networkNamespaces(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readlinkSync(`/proc/${pid}/ns/net`)];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

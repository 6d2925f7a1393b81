import { describe, expect, it } from 'vitest';
import { derivePolicies } from '../../src/derive/policies.ts';
import { seccompPolicy } from '../../src/derive/seccomp.ts';
import {
  actionFor,
  architecturesOf,
  isKnownSyscall,
  runtimeBase,
  type SeccompProfile,
} from '../../src/derive/seccomp-profile.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { LedgerWorkload } from '../../src/model/ledger.ts';
import { DEFAULT_THRESHOLDS } from '../../src/reconcile/thresholds.ts';
import { CONVERGING, ledger, observedWorkload, seen, workload } from './ledgers.ts';

const OPTIONS = { now: '2026-11-21T05:00:00.000Z', thresholds: DEFAULT_THRESHOLDS };
const FILE = new URL('../../fixtures/derive/seccomp/report-agent.json', import.meta.url).pathname;

const OFTEN = ['arch_prctl', 'brk', 'connect', 'execve', 'openat', 'read', 'socket', 'write'];
const rows = [
  ...OFTEN.map((name) => seen('syscall', name)),
  seen('syscall', 'fsync', { count: 2, sessions: 2 }),
  ...['mount', 'pivot_root'].map((name) => seen('syscall', name, { context: 'init' })),
];

type Parts = Parameters<typeof observedWorkload>[0];

function sample(more: Parts = {}, view: Partial<LedgerWorkload> = {}): LedgerWorkload {
  return workload({ observed: observedWorkload({ observations: rows, ...more }), ...view });
}

function derive(view: LedgerWorkload, findings: readonly Finding[] = []) {
  const policy = seccompPolicy(view, findings, OPTIONS)!;
  return { policy, profile: JSON.parse(policy.document!) as SeccompProfile };
}

describe('seccomp profile', () => {
  it('reads as filed, in the OCI format', async () => {
    const { policy } = derive(sample());
    expect(policy).toMatchObject({
      status: 'derived',
      reason: null,
      fileName: 'research-report-agent.seccomp.json',
    });
    await expect(policy.document).toMatchFileSnapshot(FILE);
  });

  it('allows what the workload and the runtime call, and refuses the rest', () => {
    const { profile, policy } = derive(sample());
    for (const name of [...OFTEN, ...runtimeBase()]) expect(actionFor(profile, name)).toBe('SCMP_ACT_ALLOW');
    for (const name of ['mkdir', 'mount', 'ptrace', 'bpf'])
      expect(actionFor(profile, name)).toBe('SCMP_ACT_ERRNO');
    expect(profile).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 1 });
    expect(policy.replay).toEqual({ checked: OFTEN.length + 1, denied: [] });
    expect(policy.removes).toEqual([
      expect.stringMatching(/^\d{3} of \d{3} system calls of x86_64, among them .*mount.*ptrace/),
    ]);
  });

  it('leaves out what only the runtime did before it executed the workload', () => {
    expect(derive(sample()).policy.document).not.toMatch(/"(mount|pivot_root)"/);
  });

  it('neither breaks on a rare call nor forgets it', () => {
    const { profile, policy } = derive(sample());
    expect(actionFor(profile, 'fsync')).toBe('SCMP_ACT_LOG');
    expect(policy.review).toEqual(['fsync in 2 process instances: allowed and logged']);
    expect(policy.status).toBe('derived');
  });

  it('counts process instances, also where all of them are of one session', () => {
    const observations = rows.map((row) => ({ ...row, sessions: 1 }));
    const { profile } = derive(sample({ observations }));
    for (const name of OFTEN) expect(actionFor(profile, name)).toBe('SCMP_ACT_ALLOW');
    expect(actionFor(profile, 'fsync')).toBe('SCMP_ACT_LOG');
  });

  it('names only calls that exist', () => {
    expect(runtimeBase().filter((name) => !isKnownSyscall(name))).toEqual([]);
    const { profile } = derive(sample());
    expect(profile.syscalls.flatMap(({ names }) => names).filter((name) => !isKnownSyscall(name))).toEqual(
      [],
    );
  });

  it('is of the machines that have all its calls', () => {
    expect(architecturesOf(['read', 'arch_prctl'])).toEqual(['x86_64']);
    expect(architecturesOf(['read', 'openat'])).toEqual(['x86_64', 'aarch64']);
  });

  it('is not derived from nothing', () => {
    expect(seccompPolicy(workload(), [], OPTIONS)).toBeNull();
    expect(seccompPolicy(workload({ observed: null }), [], OPTIONS)).toBeNull();
  });
});

describe('alert only', () => {
  const shift = { id: 'f1f1f1f1f1', kind: 'process-shift', gap: 3, workload: workload().id } as Finding;
  const cases: [string, LedgerWorkload, readonly Finding[], RegExp][] = [
    [
      'before convergence',
      sample({}, { convergence: { ...workload().convergence, behavior: CONVERGING } }),
      [],
      /converging/,
    ],
    [
      'when calls were lost',
      sample({ coverage: { syscall: { lost: 1 } } }),
      [],
      /1 syscall events were lost/,
    ],
    [
      'when most pods ran unwatched',
      sample({ coverage: { syscall: { existedMs: 140 * 86_400_000 } } }),
      [],
      /syscall probes covered \d+ % of its running time/,
    ],
    [
      'when starts were not seen',
      sample({ coverage: { syscall: { startsSeen: 40 } } }),
      [],
      /2 of 42 processes/,
    ],
    [
      'when the probes were not attached',
      sample({ coverage: { syscall: { attachedSince: null } } }),
      [],
      /not attached/,
    ],
    [
      'with a call that has no name',
      sample({ observations: [...rows, seen('syscall', 'syscall_999')] }),
      [],
      /no name is known for syscall_999/,
    ],
    ['while what it runs has shifted', sample(), [shift], /\[G3\] f1f1f1f1f1/],
  ];

  it.each(cases)('%s: logs, and refuses nothing', (_, view, findings, reason) => {
    const { policy, profile } = derive(view, findings);
    expect(policy.status).toBe('review');
    expect(policy.reason).toMatch(reason);
    expect(profile.defaultAction).toBe('SCMP_ACT_LOG');
    expect(JSON.stringify(profile)).not.toContain('SCMP_ACT_ERRNO');
    expect(policy.removes).toEqual([]);
    expect(policy.replay.denied).toEqual([]);
  });
});

describe('all policies', () => {
  it('come per workload, network first, each with its four decisions', () => {
    const policies = derivePolicies(ledger(sample()), [], OPTIONS);
    expect(policies.map(({ substrate }) => substrate)).toEqual(['networkpolicy', 'seccomp']);
    for (const { decisions, document } of policies) {
      for (const [name, { choice }] of Object.entries(decisions)) {
        expect(document).toContain(name);
        expect(document).toContain(choice);
      }
    }
  });
});

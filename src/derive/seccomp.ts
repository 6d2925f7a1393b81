/**
 * Per workload: a seccomp profile of the system calls that it was seen to make.
 *
 * Confidence is counted in process instances: the kernel keeps one bit per call and instance, so that is what the
 * `count` of these rows is. Sessions would not do: all processes of a long-lived container are one.
 * A rare call is allowed and logged instead of left out: a refused call breaks the program where a refused
 * connection fails one request, and a log entry keeps it in sight of detection.
 */

import type { Finding } from '../model/finding.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import type { Observed } from '../model/observed.ts';
import type { DerivedPolicy } from '../model/report.ts';
import { missedStarts } from '../reconcile/starts.ts';
import {
  behaviorDoubt,
  coverageDoubt,
  expiry,
  type PolicyOptions,
  type Seen,
  seenBySubject,
  validityDecision,
} from './decisions.ts';
import { fileName } from './names.ts';
import { NOTABLE } from './seccomp-base.ts';
import {
  actionFor,
  allSyscalls,
  architecturesOf,
  formatProfile,
  isKnownSyscall,
  runtimeBase,
  type SeccompProfile,
  seccompProfile,
} from './seccomp-profile.ts';

/** `init` is the container runtime, which shares the workload's cgroup until it executes it. */
function workloadCalls({ observed }: LedgerWorkload): Observed[] {
  return (observed?.observations ?? []).filter(
    ({ kind, context }) => kind === 'syscall' && context !== 'init',
  );
}

type Calls = { often: string[]; rare: Seen[]; unnamed: string[] };

function sortCalls(workload: LedgerWorkload, { thresholds }: PolicyOptions): Calls {
  const seen = [...seenBySubject(workloadCalls(workload)).values()].sort((a, b) =>
    a.subject < b.subject ? -1 : 1,
  );
  const known = seen.filter(({ subject }) => isKnownSyscall(subject));
  return {
    often: known.filter((s) => s.count > thresholds.policySessions).map(({ subject }) => subject),
    rare: known.filter((s) => s.count <= thresholds.policySessions),
    unnamed: seen.map(({ subject }) => subject).filter((name) => !isKnownSyscall(name)),
  };
}

/** Start-up calls are made once per process: one that started unseen would not start again under the profile. */
function syscallDoubt(workload: LedgerWorkload, { thresholds }: PolicyOptions): string | null {
  const { observed } = workload;
  if (observed === null) return null;
  const { syscall } = observed.coverage;
  const { attachedSince, lost, instances } = syscall;
  if (attachedSince === null) return 'the syscall probes were not attached';
  if (lost > 0) return `${lost} syscall events were lost`;
  const missed = missedStarts(syscall, observed.end);
  if (missed === 0) return coverageDoubt(workload, 'syscall', thresholds);
  return `${missed} of ${instances} processes started before the probes, so start-up calls may be missing`;
}

function reviewReasons(
  workload: LedgerWorkload,
  findings: readonly Finding[],
  calls: Calls,
  architectures: readonly string[],
  options: PolicyOptions,
): string[] {
  const shifts = findings.filter((f) => f.kind === 'process-shift' && f.workload === workload.id);
  return [
    ...[behaviorDoubt(workload), syscallDoubt(workload, options)].flatMap((doubt) => doubt ?? []),
    ...shifts.map(
      ({ id }) => `[G3] ${id}: what it runs has shifted, and a profile would make that permanent`,
    ),
    ...(calls.unnamed.length === 0 ? [] : [`no name is known for ${calls.unnamed.join(', ')}`]),
    ...(architectures.length === 0 ? ['its calls are of no architecture that is known here'] : []),
  ];
}

function decisionsOf(
  workload: LedgerWorkload,
  calls: Calls,
  options: PolicyOptions,
): DerivedPolicy['decisions'] {
  const { policySessions } = options.thresholds;
  return {
    granularity: {
      choice: 'seccomp profile',
      detail:
        'system calls of every container of the workload; blind to their arguments, to files, peers and identities',
    },
    closure: {
      choice: 'literal',
      detail: `the calls seen after the runtime's set-up, and ${runtimeBase().length} that the runtime makes between loading the filter and exec`,
    },
    confidence: {
      choice: `in more than ${policySessions} process instances`,
      detail: `calls above it: ${calls.often.length}, allowed; below it: ${calls.rare.length}, allowed and logged, up for review`,
    },
    validity: validityDecision(workload, options),
  };
}

/** What the profile takes away, where what is in force is at most everything. */
function removes(
  profile: SeccompProfile,
  architectures: readonly Parameters<typeof allSyscalls>[0][],
): string[] {
  return architectures.flatMap((arch) => {
    const all = [...allSyscalls(arch)];
    const gone = all.filter((name) => actionFor(profile, name) === 'SCMP_ACT_ERRNO');
    const notable = NOTABLE.filter((name) => gone.includes(name));
    if (gone.length === 0) return [];
    const among = notable.length === 0 ? '' : `, among them ${notable.join(', ')}`;
    return [`${gone.length} of ${all.length} system calls of ${arch}${among}`];
  });
}

/** Asked of the text that will be written, not of what it was made from. */
function replay(document: string, calls: Calls): DerivedPolicy['replay'] {
  const profile = JSON.parse(document) as SeccompProfile;
  const denied = [
    ...calls.often.filter((name) => actionFor(profile, name) !== 'SCMP_ACT_ALLOW'),
    ...calls.rare
      .map(({ subject }) => subject)
      .filter((name) => actionFor(profile, name) === 'SCMP_ACT_ERRNO'),
    ...calls.unnamed.filter((name) => actionFor(profile, name) === 'SCMP_ACT_ERRNO'),
  ];
  return { checked: calls.often.length + calls.rare.length + calls.unnamed.length, denied };
}

function instances({ subject, count }: Seen): string {
  return `${subject} in ${count} process instance${count === 1 ? '' : 's'}: allowed and logged`;
}

/** Null where no system call of it was observed. */
export function seccompPolicy(
  workload: LedgerWorkload,
  findings: readonly Finding[],
  options: PolicyOptions,
): DerivedPolicy | null {
  const calls = sortCalls(workload, options);
  const rare = calls.rare.map(({ subject }) => subject);
  if (calls.often.length + rare.length + calls.unnamed.length === 0) return null;
  const architectures = architecturesOf([...calls.often, ...rare]);
  const reasons = reviewReasons(workload, findings, calls, architectures, options);
  const decisions = decisionsOf(workload, calls, options);
  const profile = seccompProfile({
    allowed: calls.often,
    rare,
    architectures,
    alertOnly: reasons.length > 0,
    about: {
      for: workload.label,
      status: reasons.length === 0 ? 'derived' : `review, logs only: ${reasons.join('; ')}`,
      expires: expiry(options),
      ...Object.fromEntries(Object.entries(decisions).map(([name, d]) => [name, `${d.choice}: ${d.detail}`])),
    },
  });
  const document = formatProfile(profile);
  const namespace = workload.configured?.namespace ?? workload.observed?.meta.namespace ?? null;
  const name = workload.configured?.name ?? workload.observed?.meta.name ?? workload.label;
  return {
    workload: workload.id,
    label: workload.label,
    substrate: 'seccomp',
    status: reasons.length === 0 ? 'derived' : 'review',
    reason: reasons.length === 0 ? null : reasons.join('; '),
    fileName: fileName(namespace, name, 'seccomp.json'),
    document,
    decisions,
    removes: removes(profile, architectures),
    review: [
      ...calls.rare.map(instances),
      ...calls.unnamed.map((call) => `${call}: no name is known for it`),
    ],
    replay: replay(document, calls),
    subset: {
      state: 'unknown',
      detail: [
        'the profile in force now is part of no export that was read; without one, every call is allowed',
      ],
    },
  };
}

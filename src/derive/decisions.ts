/** Two of the four decisions are the same for every substrate: confidence and validity (design, "derived policies"). */
import type { Signal } from '../model/kinds.ts';
import type { LedgerWorkload, Thresholds } from '../model/ledger.ts';
import type { Observed } from '../model/observed.ts';
import type { DerivedPolicy } from '../model/report.ts';
import { isoTime } from './time.ts';

export type PolicyOptions = {
  /** ISO 8601: the policy expires `policyValidityDays` after it. */
  now: string;
  thresholds: Thresholds;
};

type Decision = DerivedPolicy['decisions']['validity'];

const DAY = 86_400_000;

/** Several rows of one subject (containers, processes): sessions may be the same ones, so the largest is certain. */
export type Seen = { subject: string; count: number; sessions: number };

export function seenBySubject(rows: readonly Observed[]): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  for (const { subject, count, sessions } of rows) {
    const known = seen.get(subject) ?? { subject, count: 0, sessions: 0 };
    seen.set(subject, {
      subject,
      count: known.count + count,
      sessions: Math.max(known.sessions, sessions),
    });
  }
  return seen;
}

/** Seen more than N times across more than M distinct sessions. */
export function isConfident(seen: Seen, { policyCount, policySessions }: Thresholds): boolean {
  return seen.count > policyCount && seen.sessions > policySessions;
}

export function seenText({ count, sessions }: Seen): string {
  // A connection that is kept open serves sessions that make none.
  if (sessions > count)
    return `in use in ${sessions} sessions, over ${count} connection${count === 1 ? '' : 's'}`;
  return `seen ${count} time${count === 1 ? '' : 's'} in ${sessions} session${sessions === 1 ? '' : 's'}`;
}

export function confidenceDecision(above: number, below: number, what: string, t: Thresholds): Decision {
  return {
    choice: `more than ${t.policyCount} times in more than ${t.policySessions} sessions`,
    detail: `${what} above it: ${above}; below it: ${below}, up for review, neither included nor forgotten`,
  };
}

export function expiry({ now, thresholds }: PolicyOptions): string {
  return isoTime(Date.parse(now) + thresholds.policyValidityDays * DAY);
}

/** More than this are counted: a policy is bound to all of them, but nobody reads a hundred. */
const NAMED = 8;

function few(texts: readonly string[]): string[] {
  const unique = [...new Set(texts)];
  const more = unique.length - NAMED;
  return more > 0 ? [...unique.slice(0, NAMED), `${more} more`] : unique;
}

/** What the observed behavior was a behavior of: when one of these changes, it has to be derived again. */
export function fingerprints({ observed, configured }: LedgerWorkload): string[] {
  const images = (observed?.meta.containers ?? []).flatMap(({ name, image, digest }) =>
    (digest ?? image) === null ? [] : [`image of ${name} ${digest ?? image}`],
  );
  const models = (observed?.artifacts ?? [])
    .filter(({ kind, state }) => (kind === 'model' || kind === 'adapter') && state !== 'installed')
    .map(({ name, version, sha256 }) => ['model', name, sha256 ?? version ?? ''].join(' ').trim());
  const account = configured?.serviceAccount ?? observed?.meta.serviceAccount ?? null;
  return [
    ...few((observed?.revisions ?? []).map((revision) => `revision ${revision}`)),
    ...few(images),
    ...few(models),
    ...(account === null ? [] : [`ServiceAccount ${account}`]),
  ];
}

export function validityDecision(workload: LedgerWorkload, options: PolicyOptions): Decision {
  const bound = fingerprints(workload);
  const change =
    bound.length === 0
      ? 'nothing is known that could invalidate it sooner'
      : `sooner when one of these changes: ${bound.join(', ')}`;
  return { choice: `until ${expiry(options).slice(0, 10)}`, detail: change };
}

/** What ran unwatched is not in the policy, and would be cut: nine nodes of ten without a sensor, say. */
export function coverageDoubt(
  { observed, configured }: LedgerWorkload,
  signal: Signal,
  { absenceCoverage }: Thresholds,
): string | null {
  if (observed === null) return null;
  const { observedMs, existedMs } = observed.coverage[signal];
  const percent = (share: number) => `${Math.floor(share * 100)} %`;
  const watched = existedMs === 0 ? 0 : observedMs / existedMs;
  if (watched < absenceCoverage)
    return `the ${signal} probes covered ${percent(watched)} of its running time`;
  const span = observed.end - observed.start;
  // Work on a schedule has holes by nature.
  const holes = configured?.schedule ? false : observed.coveredMs < absenceCoverage * span;
  return holes ? `segments cover ${percent(observed.coveredMs / span)} of the window` : null;
}

/** Behavior that has not converged would be frozen half-seen: then a policy may warn, not block. */
export function behaviorDoubt({ observed, convergence }: LedgerWorkload): string | null {
  if (observed === null) return 'nothing was observed of it';
  if (observed.nowOnly) return 'the snapshot shows only what was there at one moment';
  const { behavior } = convergence;
  return behavior.state === 'converged' ? null : `behavior is ${behavior.state}: ${behavior.why}`;
}

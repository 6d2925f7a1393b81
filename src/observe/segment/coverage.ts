/** Coverage per workload and signal: what absence may be concluded from. */

import { TLS_LIBRARY } from '../../catalog/tls-libraries.ts';
import { SIGNALS, type Signal } from '../../model/kinds.ts';
import type { WireFamily } from '../../model/wire.ts';
import { unheardOf } from '../records/unheard.ts';
import { unreadTexts } from '../records/unread.ts';
import { type Cgroup, COVER_FIELDS, type Cover, coverDelta, noCover } from '../state/cgroups.ts';
import { wallMs } from '../state/clock.ts';
import { startSeen } from '../state/entries.ts';
import { missingPrograms } from '../state/families.ts';
import { ownsCgroup } from '../state/identify.ts';
import { existedMs, observedMs, type Span } from '../state/lifetime.ts';
import type { Remains } from '../state/processes.ts';
import { attachedAt, type Run } from '../state/run.ts';
import type { Work } from './workloads.ts';

export type OutCoverage = Cover & {
  workload: number;
  signal: Signal;
  attachedSince: number;
  observedMs: number;
  existedMs: number;
  instances: number;
  startsSeen: number;
  reason: string | null;
};

function refused({ name, hook, stage, error, errno }: WireFamily['programs'][number]): string {
  const why = error ?? (errno === undefined ? '' : `errno ${errno}`);
  return `${name} (${hook})${stage ? ` refused at ${stage}` : ''}${why ? `: ${why}` : ''}`;
}

/** What of the family's signal is missing; null: nothing is. */
export function refusal(family: WireFamily | undefined): string | null {
  if (!family) return 'not part of this sensor run';
  const lost = missingPrograms(family);
  if (family.attached_us === undefined) {
    const list = lost.map(refused).join('; ');
    return `not attached${list ? `: ${list}` : ''}`.slice(0, 1024);
  }
  return lost.length === 0 ? null : `partly attached, missing ${lost.map(refused).join('; ')}`.slice(0, 1024);
}

function reasonOf(run: Run, work: Work, signal: Signal): string | null {
  const refused = refusal(run.header?.families.find(({ family }) => family === signal));
  const shed = run.shed.get(signal)?.why ?? null;
  const tls = signal === 'tls' ? unheard(work) : null;
  const unread = unreadTexts(work.cgroups, signal);
  return [refused, shed, tls, ...unread].filter((text) => text !== null).join('; ') || null;
}

const MAX_NAMED = 8;

/** Executables and libraries that speak TLS in a way that cannot be read, or did before they were attached. */
function unheard(work: Work): string | null {
  const cgroups = [...work.cgroups];
  const images = cgroups.flatMap((cgroup) => [...cgroup.images.values()]);
  const deaf = images.filter(({ status }) => status === 'opaque' || status === 'refused');
  const early = cgroups.flatMap(({ tooSoon }) => [...tooSoon].filter((path) => TLS_LIBRARY.test(path)));
  const texts = [
    listed(
      'not heard under TLS',
      deaf.map(({ path, build_id }) => `${path} (build id ${build_id ?? 'none'})`),
    ),
    listed('processes ended before their TLS library was attached', early),
    listed('TLS connections not heard, or not from their beginning', cgroups.flatMap(silent)),
  ];
  return (
    texts
      .filter((text) => text !== null)
      .join('; ')
      .slice(0, 2048) || null
  );
}

/** Programs, and how many of their connections nothing was heard of. */
function silent({ tls }: Cgroup): string[] {
  const missed = new Map<string, number>();
  for (const use of tls.values()) {
    const count = unheardOf(use);
    if (count > 0) missed.set(use.program, (missed.get(use.program) ?? 0) + count);
  }
  return [...missed].map(([program, count]) => `${program} (${count})`);
}

function listed(what: string, names: readonly string[]): string | null {
  const sorted = [...new Set(names)].sort();
  if (sorted.length === 0) return null;
  const more = sorted.length > MAX_NAMED ? ` and ${sorted.length - MAX_NAMED} more` : '';
  return `${what}: ${sorted.slice(0, MAX_NAMED).join(', ')}${more}`;
}

type Lifetimes = {
  spans: Span[];
  /** Of trees that ended and were summed up. */
  remains: Remains[];
};

/** Lifetimes that are this workload's own: of its cgroups, or of its trees where the cgroup is shared. */
function lifetimes(work: Work, end: number): Lifetimes {
  const own = [...work.cgroups].filter(ownsCgroup);
  const trees = [...work.trees].filter(({ cgroup }) => !ownsCgroup(cgroup));
  const living = trees.filter(({ remains }) => remains === null);
  return {
    spans: [
      ...own.map(({ since, gone, watched }) => ({ since, until: gone ?? end, watched })),
      ...living.map(({ began, ended, cgroup }) => ({
        since: began,
        until: ended ?? end,
        watched: cgroup.watched,
      })),
    ],
    remains: trees.flatMap(({ remains }) => remains ?? []),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function existed(run: Run, { spans, remains }: Lifetimes, end: number): number {
  return sum(spans.map((span) => existedMs(run, span, end))) + sum(remains.map((one) => one.existedMs));
}

function observed(run: Run, { spans, remains }: Lifetimes, signal: Signal, end: number): number {
  const past = remains.map((one) => one.observedMs.get(signal) ?? 0);
  return sum(spans.map((span) => observedMs(run, span, signal, end))) + sum(past);
}

/** Where the sensor counts what it has no counters left for: see cover_of in common.bpf.h. */
const UNCOUNTED_CGROUP = '0';

function covered(run: Run, work: Work, signal: Signal): Cover {
  const total = noCover();
  const add = (delta: Cover): void => {
    for (const field of COVER_FIELDS) total[field] += delta[field];
  };
  for (const cgroup of work.cgroups) add(coverDelta(cgroup, signal));
  const shared = run.cgroups.get(UNCOUNTED_CGROUP);
  if (shared && !work.cgroups.has(shared)) add(lossOf(coverDelta(shared, signal)));
  return total;
}

/** Whose they were is not known, so each workload may have lost them. What arrived has its records, and their owner. */
function lossOf({ lost, truncated, collapsed }: Cover): Cover {
  return { attempted: lost + truncated, delivered: truncated, lost, truncated, collapsed };
}

function startsSeen(run: Run, work: Work, signal: Signal): number {
  const living = work.processes.filter((instance) => startSeen(run, instance, signal)).length;
  return work.members.reduce((sum, { origin }) => sum + (origin.endedSeen.get(signal) ?? 0), living);
}

/** @param knownMs what another account says; the larger one counts, so that unseen pods lower the ratio. */
export function coverage(run: Run, work: Work, end: number, knownMs: number): OutCoverage[] {
  const lives = lifetimes(work, end);
  const instances = work.processes.length + sum(work.members.map(({ origin }) => origin.ended));
  return SIGNALS.map((signal) => {
    const attached = attachedAt(run, signal);
    return {
      workload: work.index,
      signal,
      ...covered(run, work, signal),
      attachedSince: attached === null ? -1 : wallMs(run.clock, attached),
      observedMs: observed(run, lives, signal, end),
      existedMs: Math.max(existed(run, lives, end), knownMs),
      instances,
      startsSeen: startsSeen(run, work, signal),
      reason: reasonOf(run, work, signal),
    };
  });
}

import type { Capability, ConfiguredWorkload, Reached } from '../../model/configured.ts';
import type { Kind } from '../../model/kinds.ts';
import type { LedgerEntry, Ternary } from '../../model/ledger.ts';
import type { Observed, ObservedWorkload } from '../../model/observed.ts';
import { disciplineOf } from '../dimensions.ts';

/** One workload on its way into the ledger: both sides, either of which may be missing. */
export type Pair = {
  configured: ConfiguredWorkload | null;
  observed: ObservedWorkload | null;
  /** Its own, and those of its principal. */
  capabilities: readonly Capability[];
  /** Identities that it reaches, its own first. */
  reached: readonly Reached[];
  /** Those of them that it may give more than they have now. */
  gains?: readonly Reached[];
  /** Why nothing configured is known of it; null: it is. */
  unconfigured: string | null;
};

type Verdict = {
  capabilities?: readonly Capability[];
  configured: Ternary;
  decidedBy: string | null;
};

const NONE: readonly Capability[] = [];

/** What was seen, and whether configuration allows it. */
export function observedEntry(observed: Observed, verdict: Verdict): LedgerEntry {
  const { kind, subject } = observed;
  return {
    kind,
    discipline: disciplineOf(kind),
    subject,
    capabilities: verdict.capabilities ?? NONE,
    configured: verdict.configured,
    decidedBy: verdict.decidedBy,
    observed,
    exercised: 'yes',
  };
}

/** A capability under its own name: with what exercised it, or with how it is known that nothing did. */
export function capabilityEntry(
  capability: Capability,
  seen: { observed: Observed | null; exercised: Ternary; decidedBy: string | null },
): LedgerEntry {
  return {
    kind: capability.kind,
    discipline: disciplineOf(capability.kind),
    subject: capability.summary,
    capabilities: [capability],
    configured: capability.effect === 'conditional' ? 'unknown' : 'yes',
    ...seen,
  };
}

/**
 * `no` only says that the data holds no use. Whether the data covers enough to conclude anything is the detectors'
 * question; what could not be seen in principle, or was folded away, is `unknown` already here.
 */
export function notSeen(
  { observed }: Pair,
  kinds: readonly Kind[],
  doubt: string | null = null,
): { observed: null; exercised: Ternary; decidedBy: string | null } {
  const why = unseeable(observed, kinds) ?? doubt;
  return { observed: null, exercised: why === null ? 'no' : 'unknown', decidedBy: why };
}

function unseeable(observed: ObservedWorkload | null, kinds: readonly Kind[]): string | null {
  if (!observed) return 'no snapshot holds this workload';
  if (observed.nowOnly) return 'only iterators ran (--now), which list what is there and not what is used';
  const folded = kinds.find((kind) => observed.folded[kind]);
  return folded
    ? `${observed.folded[folded]!.subjects} subjects of ${folded} were folded into templates`
    : null;
}

/** `NetworkPolicy research/agent spec.egress[0]` */
export function decidedBy(capability: Capability): string {
  const hop = capability.path.at(-1);
  return hop ? `${hop.object} ${hop.field}` : capability.summary;
}

/** Several rows as one: sessions of different rows may be the same ones, so the largest is what is certain. */
export function mergeObserved(rows: readonly Observed[], kind: Kind, subject: string): Observed | null {
  const [first] = rows;
  if (!first) return null;
  const sum = (field: 'count' | 'bytes' | 'records' | 'errors' | 'denied') =>
    rows.reduce((total, row) => total + row[field], 0);
  return {
    ...first,
    kind,
    subject,
    processes: [...new Set(rows.flatMap(({ processes }) => processes))],
    sources: [...new Set(rows.flatMap(({ sources }) => sources))].sort(),
    count: sum('count'),
    bytes: sum('bytes'),
    records: sum('records'),
    errors: sum('errors'),
    denied: sum('denied'),
    first: Math.min(...rows.map((row) => row.first)),
    last: Math.max(...rows.map((row) => row.last)),
    sessions: Math.max(...rows.map((row) => row.sessions)),
  };
}

export function rowsOf({ observed }: Pair, kind: Kind): readonly Observed[] {
  return observed?.observations.filter((row) => row.kind === kind) ?? [];
}

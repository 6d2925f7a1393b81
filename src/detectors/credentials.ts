/** Credentials lying in the file system of the pods: which were read, which were not. */
import { pathUnder } from '../match/path.ts';
import type { Capability } from '../model/configured.ts';
import type { FindingKind } from '../model/finding.ts';
import type { LedgerEntry, LedgerWorkload } from '../model/ledger.ts';
import type { Doubt, Draft } from './define-detector.ts';
import { absence, absenceConfidence, windowOf } from './evidence.ts';

const SIGNALS = ['file'] as const;

/** What both credential detectors need: reads are seen as opens, mostly at start-up. */
export const CREDENTIAL_NEEDS = {
  signals: SIGNALS,
  absence: true,
  processStart: true,
  baseline: false,
  // Paths below credential mounts are never folded (pinned when collected), so folding hides none of them.
  kinds: [],
} as const;

export type Unread = { unread: LedgerEntry[]; doubts: Doubt[] };

/**
 * Entries of `kind` that no process opened. A Secret in the environment is handed over without a system call:
 * it has no path, nothing can show its use, and it is left out here.
 */
export function unreadCredentials(view: LedgerWorkload, wanted: (capability: Capability) => boolean): Unread {
  const entries = view.entries.filter(
    (entry) => entry.exercised !== 'yes' && entry.capabilities.some((one) => hasPath(one) && wanted(one)),
  );
  const certain = (entry: LedgerEntry) => entry.exercised === 'no' || !view.observed;
  return {
    unread: entries.filter((entry) => certain(entry) && entry.capabilities[0]!.effect === 'allow'),
    doubts: entries.flatMap((entry) => (certain(entry) ? conditional(entry) : [undecided(entry)])),
  };
}

function hasPath(capability: Capability): boolean {
  return capability.allow.some((pattern) => pattern.type === 'path');
}

/** Whether it is mounted at all hangs on something that was not read. */
function conditional(entry: LedgerEntry): Doubt[] {
  const [capability] = entry.capabilities;
  if (capability!.effect === 'allow') return [];
  return [
    { reason: 'source-denied', detail: `${capability!.summary}: ${capability!.conditions.join('; ')}` },
  ];
}

function undecided(entry: LedgerEntry): Doubt {
  return { reason: 'folded', detail: `${entry.subject}: ${entry.decidedBy ?? 'its reads may be hidden'}` };
}

type Unused = Pick<Draft<1>, 'aggravated'> & { kind: FindingKind; consequence?: string };

export function unreadDraft(
  view: LedgerWorkload,
  entry: LedgerEntry,
  { kind, consequence, aggravated }: Unused,
): Draft<1> {
  const capability = entry.capabilities[0]!;
  const hop = capability.path.at(-1)!;
  return {
    subject: capability.summary,
    key: capability.id,
    claim:
      `${view.label} has ${capability.summary} (${hop.object} ${hop.field}); ` +
      `in ${windowOf(view.observed)} no process opened it${consequence ? `, and ${consequence}` : ''}.`,
    configured: { summary: capability.summary, path: capability.path },
    operational: absence(view, SIGNALS, 'no open under its path', pathsOf(capability)),
    remedy: { scopeDown: { object: hop.object, field: hop.field } },
    aggravated,
    ...absenceConfidence(view, kind, SIGNALS),
  };
}

export function pathsOf(capability: Capability): string[] {
  return capability.allow.flatMap((pattern) => (pattern.type === 'path' ? [pattern.prefix] : []));
}

/** A projected token for another audience is refused by the API server. */
export function isApiToken(view: LedgerWorkload, capability: Capability): boolean {
  if (capability.kind !== 'credential-source' || !hasPath(capability)) return false;
  const foreign = (view.configured?.mounts ?? []).filter((mount) => mount.audience);
  return !pathsOf(capability).some((path) => foreign.some((mount) => pathUnder(mount.mountPath, path)));
}

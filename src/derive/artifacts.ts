/** The ledger's artifacts of one workload, both sides of each, one reading per (kind, subject). */
import type { Hop, Pattern } from '../model/configured.ts';
import type { Kind } from '../model/kinds.ts';
import type { LedgerEntry, LedgerWorkload } from '../model/ledger.ts';
import type { Observed } from '../model/observed.ts';
import type { ArtifactDetail } from '../model/snapshot.ts';
import { type Installed, installedLibraries } from '../reconcile/ledger/installed.ts';
import { loadingDoubt } from './absence.ts';

export const BOM_KINDS = [
  'model',
  'adapter',
  'framework',
  'library',
  'inference-server',
] as const satisfies Kind[];
export type BomKind = (typeof BOM_KINDS)[number];

export const PRESENCES = [
  'declared-and-observed',
  'declared-not-observed',
  'observed-not-declared',
  'undetermined',
] as const;
export type Presence = (typeof PRESENCES)[number];

type ArtifactPattern = Extract<Pattern, { type: 'artifact' }>;

export type Artifact = {
  kind: BomKind;
  subject: string;
  presence: Presence;
  /** Why `undetermined`. */
  doubt: string | null;
  declared: readonly { pattern: ArtifactPattern; path: readonly Hop[] }[];
  /** Lies in the image, which is its configuration too; null where that is not why it is listed. */
  installed: Installed | null;
  observed: readonly Observed[];
  details: readonly ArtifactDetail[];
};

const isBomKind = (kind: Kind): kind is BomKind => (BOM_KINDS as readonly Kind[]).includes(kind);

function declarations(entries: readonly LedgerEntry[]): Artifact['declared'] {
  const capabilities = new Map(entries.flatMap((e) => e.capabilities.map((c) => [c.id, c] as const)));
  const sorted = [...capabilities.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return sorted.flatMap(({ allow, path }) =>
    allow.flatMap((pattern) => (pattern.type === 'artifact' ? [{ pattern, path }] : [])),
  );
}

const SUREST = ['executed', 'mapped', 'imported', 'opened'];

/** What is asked for every artifact of a workload, made once. */
type Facts = {
  configured: boolean;
  /** Why nothing may be called "not loaded"; null: it may. */
  loading: string | null;
  /** By kind and subject; the surest first. */
  details: ReadonlyMap<string, readonly ArtifactDetail[]>;
  /** By `name@version`, as entries of installed libraries that nothing loaded are called. */
  installed: ReadonlyMap<string, Installed>;
};

const keyOf = (kind: string, subject: string): string => `${kind}\0${subject}`;

function surestFirst(details: readonly ArtifactDetail[]): ArtifactDetail[] {
  if (details.length === 1) return [...details];
  return details
    .map((a) => [`${SUREST.indexOf(a.state)}${JSON.stringify([a.path, a.version, a.purl, a])}`, a] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, a]) => a);
}

/** Installed is not loaded: only the other states speak for the observed side. */
function factsOf(workload: LedgerWorkload): Facts {
  const loaded = (workload.observed?.artifacts ?? []).filter(({ state }) => state !== 'installed');
  const groups = Map.groupBy(loaded, ({ kind, subject }) => keyOf(kind, subject));
  const called = ({ artifact: { name, version } }: Installed) =>
    version === null ? name : `${name}@${version}`;
  return {
    configured: workload.configured !== null,
    loading: loadingDoubt(workload),
    details: new Map([...groups].map(([key, details]) => [key, surestFirst(details)])),
    installed: new Map(installedLibraries(workload.observed).map((one) => [called(one), one])),
  };
}

type Sides = { declared: boolean | null; observed: boolean | null };

/** A side that is `null` is not known; then only the other side can be told. */
export function presenceOf({ declared, observed }: Sides): Presence {
  if (declared === null || observed === null) return 'undetermined';
  if (declared) return observed ? 'declared-and-observed' : 'declared-not-observed';
  return observed ? 'observed-not-declared' : 'undetermined';
}

function declaredSide(entries: readonly LedgerEntry[]): boolean | null {
  if (entries.some((entry) => entry.configured === 'yes')) return true;
  return entries.every((entry) => entry.configured === 'no') ? false : null;
}

function observedSide(entries: readonly LedgerEntry[], loading: string | null): boolean | null {
  if (entries.some((entry) => entry.observed !== null)) return true;
  return loading === null && entries.every((entry) => entry.exercised === 'no') ? false : null;
}

function reasons(entries: readonly LedgerEntry[]): string | null {
  const texts = new Set(entries.flatMap((entry) => entry.decidedBy ?? []));
  return texts.size === 0 ? null : [...texts].sort().join('; ');
}

function doubtOf(sides: Sides, entries: readonly LedgerEntry[], loading: string | null): string | null {
  if (sides.declared === null) {
    const why = reasons(entries.filter((entry) => entry.configured === 'unknown'));
    return why ?? 'whether it is declared is not known';
  }
  if (sides.observed === null) {
    const why = reasons(entries.filter((entry) => entry.exercised === 'unknown'));
    return loading ?? why ?? 'whether it was loaded is not known';
  }
  return null;
}

type Group = { kind: BomKind; subject: string; entries: LedgerEntry[] };

/** Null: neither declared nor seen loaded, so it lies about unused, and nobody said that it should be there. */
function reading({ kind, subject, entries }: Group, facts: Facts): Artifact | null {
  const declared = facts.configured ? declaredSide(entries) : null;
  const sides = { declared, observed: observedSide(entries, facts.loading) };
  if (sides.declared === false && sides.observed !== true) return null;
  return {
    kind,
    subject,
    presence: presenceOf(sides),
    doubt: facts.configured ? doubtOf(sides, entries, facts.loading) : 'its configuration was not given',
    declared: declarations(entries),
    installed: sides.observed === true ? null : (facts.installed.get(subject) ?? null),
    observed: entries.flatMap((entry) => (entry.observed === null ? [] : [entry.observed])),
    details: facts.details.get(keyOf(kind, subject)) ?? [],
  };
}

/** Sorted by kind and subject, whatever the order of the ledger. */
export function artifactsOf(workload: LedgerWorkload): Artifact[] {
  const groups = new Map<string, Group>();
  for (const entry of workload.entries) {
    const { kind, subject } = entry;
    if (!isBomKind(kind)) continue;
    const key = keyOf(kind, subject);
    const group = groups.get(key) ?? { kind, subject, entries: [] };
    group.entries.push(entry);
    groups.set(key, group);
  }
  const facts = factsOf(workload);
  // A framework is a library too, and listed once: as what says more.
  for (const { kind, subject } of [...groups.values()]) {
    if (kind === 'framework') groups.delete(keyOf('library', subject));
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, group]) => reading(group, facts) ?? []);
}

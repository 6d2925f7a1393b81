import { type ArtifactSubject, artifactMatches, normalizeName } from '../../match/artifact.ts';
import type { Capability, ConfiguredWorkload } from '../../model/configured.ts';
import type { Kind } from '../../model/kinds.ts';
import type { LedgerEntry } from '../../model/ledger.ts';
import type { Observed } from '../../model/observed.ts';
import type { ArtifactDetail } from '../../model/snapshot.ts';
import { capabilityEntry, decidedBy, notSeen, observedEntry, type Pair } from './entry.ts';
import { installedLibraries } from './installed.ts';

/** What may be declared as what: a framework is a library too, and who declares a model may list its adapters. */
const DECLARED_AS = {
  model: ['model', 'adapter'],
  adapter: ['adapter', 'model'],
  framework: ['framework', 'library'],
  library: ['library', 'framework', 'inference-server'],
  'inference-server': ['inference-server', 'framework', 'library'],
} as const satisfies Partial<Record<Kind, readonly Kind[]>>;
type ArtifactKind = keyof typeof DECLARED_AS;

/** Which declaration makes a kind complete, so that what it does not name is undeclared. */
const COMPLETED_BY = {
  model: 'model',
  adapter: 'model',
  framework: 'framework',
  library: 'library',
  'inference-server': 'framework',
} as const satisfies Record<ArtifactKind, keyof ConfiguredWorkload['declares']>;

/** Several subjects: what it may be declared as. */
type Loaded = { row: Observed; subjects: readonly ArtifactSubject[] };

/** Loaded artifacts against declared ones, declared ones that were not loaded, and installed ones that were not. */
export function artifactEntries(pair: Pair): LedgerEntry[] {
  const loaded = loadedArtifacts(pair);
  const declared = pair.capabilities.filter((capability) => isArtifact(capability.kind));
  return [
    ...loaded.map((one) => loadedEntry(pair, one, declared)),
    ...declared.flatMap((capability) => unloadedEntry(pair, capability, loaded)),
    ...installedEntries(pair, loaded, declared),
  ];
}

function loadedArtifacts({ observed }: Pair): Loaded[] {
  if (!observed) return [];
  const details = Map.groupBy(observed.artifacts, ({ kind, subject }) => `${kind} ${subject}`);
  return observed.observations.flatMap((row) => {
    if (!isArtifact(row.kind)) return [];
    const known = details.get(`${row.kind} ${row.subject}`) ?? [];
    const used = known.filter(({ state }) => state !== 'installed');
    if (known.length > 0 && used.length === 0) return [];
    return [{ row, subjects: [used.at(-1) ?? remoteSubjects(row.subject)].flat() }];
  });
}

/** Providers date the versions of a model: `gpt-4o-2024-08-06`, `claude-3-5-haiku-20241022`. */
const DATED = /^(.+)-(\d{4}-\d\d-\d\d|20\d{6})$/;

/** A model that answered over the network, by its name, with whose it is and without its date; else what it is called. */
function remoteSubjects(subject: string): ArtifactSubject[] {
  const [, where, model] = /^remote:([^/]+)\/(.+)$/s.exec(subject) ?? [];
  const called = (name: string, version: string | null = null) => ({ name, version, purl: null, path: null });
  if (where === undefined || model === undefined) return [called(subject)];
  const [, base, date] = DATED.exec(model) ?? [];
  const undated = base === undefined ? [] : [called(base, date), called(`${where}/${base}`, date)];
  return [called(model), called(`${where}/${model}`), ...undated];
}

function loadedEntry(pair: Pair, { row, subjects }: Loaded, declared: readonly Capability[]): LedgerEntry {
  const covering = declared.filter((capability) => declaresAny(capability, row.kind, subjects));
  const [first] = covering;
  if (first)
    return observedEntry(row, { capabilities: covering, configured: 'yes', decidedBy: decidedBy(first) });
  const { configured } = pair;
  if (!configured) return observedEntry(row, { configured: 'unknown', decidedBy: pair.unconfigured });
  const completed = COMPLETED_BY[row.kind as ArtifactKind];
  return configured.declares[completed]
    ? observedEntry(row, { configured: 'no', decidedBy: `not among what is declared of kind ${completed}` })
    : observedEntry(row, {
        configured: 'unknown',
        decidedBy: `nothing declares any ${completed} of this workload`,
      });
}

function unloadedEntry(pair: Pair, capability: Capability, loaded: readonly Loaded[]): LedgerEntry[] {
  if (loaded.some(({ row, subjects }) => declaresAny(capability, row.kind, subjects))) return [];
  return [capabilityEntry(capability, notSeen(pair, [capability.kind]))];
}

/** In the image's inventory, or seen as files only: the image is its configuration. */
function installedEntries(
  pair: Pair,
  loaded: readonly Loaded[],
  declared: readonly Capability[],
): LedgerEntry[] {
  const names = new Set(
    loaded.flatMap(({ row, subjects }) =>
      [row.subject, ...subjects.map(({ name }) => name)].map(normalizeName),
    ),
  );
  return installedLibraries(pair.observed)
    .filter(({ artifact }) => !names.has(normalizeName(artifact.name)))
    .filter(({ artifact }) => !declared.some((capability) => declares(capability, artifact.kind, artifact)))
    .map(({ artifact, where }) => ({
      kind: artifact.kind,
      discipline: 'artifact',
      subject: artifact.version === null ? artifact.name : `${artifact.name}@${artifact.version}`,
      capabilities: [],
      configured: 'yes',
      ...notSeen(pair, [artifact.kind]),
      decidedBy: notSeen(pair, [artifact.kind]).decidedBy ?? `installed: ${where}`,
    }));
}

function declares(capability: Capability, kind: Kind, subject: ArtifactSubject | ArtifactDetail): boolean {
  if (!isArtifact(kind) || !(DECLARED_AS[kind] as readonly Kind[]).includes(capability.kind)) return false;
  return capability.allow.some((pattern) => pattern.type === 'artifact' && artifactMatches(pattern, subject));
}

function declaresAny(capability: Capability, kind: Kind, subjects: readonly ArtifactSubject[]): boolean {
  return subjects.some((subject) => declares(capability, kind, subject));
}

function isArtifact(kind: Kind): kind is ArtifactKind {
  return Object.hasOwn(DECLARED_AS, kind);
}

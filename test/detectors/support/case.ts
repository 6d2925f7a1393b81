/** A case of fixtures/gaps: manifests and a sketch of what was observed, through the real scope and ledger. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import { detect } from '../../../src/detectors/index.ts';
import type { ConfiguredPosture } from '../../../src/model/configured.ts';
import type { CannotTell, Finding, FindingKind } from '../../../src/model/finding.ts';
import { RESOURCES, type ResourceName, type SourceCoverage } from '../../../src/model/kubernetes.ts';
import type { ObservedPosture } from '../../../src/model/observed.ts';
import { buildLedger } from '../../../src/reconcile/ledger.ts';
import { DEFAULT_THRESHOLDS } from '../../../src/reconcile/thresholds.ts';
import { resolvePosture } from '../../../src/scope/posture.ts';
import { COLLECTION_BY_KIND, kindKey } from '../../../src/sources/kubernetes/collections.ts';
import { createEstateBuilder } from '../../../src/sources/kubernetes/estate-builder.ts';
import { observe, type Sketch } from './observe.ts';

export const GAPS = fileURLToPath(new URL('../../../fixtures/gaps/', import.meta.url));

export type CaseFile = {
  about: string;
  /** Objects added to estate.yaml, each replacing the one of its kind and name; null: no configuration is given. */
  estate?: readonly Manifest[] | null;
  /** Collections that were not read, and how. */
  sources?: Partial<Record<ResourceName, SourceCoverage['status']>>;
  observed?: Sketch | null;
  baseline?: Sketch | null;
  expect: { findings?: readonly Partial<Finding>[]; cannotTell?: Partial<CannotTell> | null };
};
type Manifest = { apiVersion: string; kind: string; metadata: { namespace?: string; name: string } };

export type Inputs = {
  configured: ConfiguredPosture | null;
  observed: ObservedPosture | null;
  baseline: ObservedPosture | null;
};
export type GapCase = { kind: FindingKind; name: string; file: CaseFile; inputs: Inputs };
export type Cell = { findings: Finding[]; cannotTell: CannotTell[] };

export function readCases(): GapCase[] {
  return directories(GAPS).flatMap((kind) =>
    directories(join(GAPS, kind)).map((name) => readCase(kind as FindingKind, name)),
  );
}

export function readCase(kind: FindingKind, name: string): GapCase {
  const file = parse(readFileSync(join(GAPS, kind, name, 'case.yaml'), 'utf8'), { merge: true }) as CaseFile;
  return { kind, name, file, inputs: inputsOf(file) };
}

export function inputsOf({ estate = [], sources = {}, observed = {}, baseline = null }: CaseFile): Inputs {
  return {
    configured: estate === null ? null : configure(estate, sources),
    observed: observed === null ? null : observe(observed),
    baseline: baseline === null ? null : observe(baseline),
  };
}

function configure(extra: readonly Manifest[], sources: NonNullable<CaseFile['sources']>): ConfiguredPosture {
  const base = parseAllDocuments(readFileSync(join(GAPS, 'estate.yaml'), 'utf8')).map(
    (one) => one.toJS() as Manifest,
  );
  const objects = new Map(
    [...base, ...extra].map((one) => [`${one.kind} ${one.metadata.namespace}/${one.metadata.name}`, one]),
  );
  const builder = createEstateBuilder(null);
  for (const object of objects.values()) {
    if (isUnread(object, sources)) continue;
    if (!builder.add(object, null))
      throw new Error(`a fixture holds a ${object.kind}, which is not modelled`);
  }
  const coverage = RESOURCES.flatMap((resource) => sourcesOf(resource, sources[resource] ?? 'read'));
  const estate = builder.finish({ origin: 'fixture', readAt: '2026-03-15T00:00:00Z', coverage });
  if (estate.warnings.length > 0) throw new Error(estate.warnings.join('; '));
  return resolvePosture(estate);
}

/** What was not read is not there: denied sources hold no objects. */
function isUnread({ apiVersion, kind }: Manifest, sources: NonNullable<CaseFile['sources']>): boolean {
  const resource = COLLECTION_BY_KIND.get(kindKey(apiVersion, kind))?.resource;
  return resource !== undefined && (sources[resource] ?? 'read') !== 'read';
}

const COLLECTIONS: Partial<Record<ResourceName, readonly string[]>> = {
  rbac: ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'],
};

function sourcesOf(resource: ResourceName, status: SourceCoverage['status']): SourceCoverage[] {
  return (COLLECTIONS[resource] ?? [resource]).map((collection) => ({
    source: `kubernetes:${collection}`,
    resource,
    namespaces: null,
    status,
    objects: 1,
    reason: status === 'denied' ? '403 Forbidden' : null,
  }));
}

export const SEED = 20260301;

/** What the detectors say of one kind: all cells of the run, this kind's only. */
export function cellOf(kind: FindingKind, inputs: Inputs): Cell {
  const thresholds = { ...DEFAULT_THRESHOLDS, permutations: 299 };
  const ledger = buildLedger({ ...inputs, thresholds });
  const { findings, cannotTell } = detect(ledger, { thresholds, seed: SEED });
  return {
    findings: findings.filter((one) => one.kind === kind),
    cannotTell: cannotTell.filter((one) => one.kind === kind),
  };
}

function directories(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

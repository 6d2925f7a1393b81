/** A case of fixtures/gaps: manifests and a sketch of what was observed, through the real scope and ledger. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import { detect } from '../../../src/detectors/index.ts';
import type { ConfiguredPosture } from '../../../src/model/configured.ts';
import type { DatabaseEstate } from '../../../src/model/database.ts';
import type { Estate } from '../../../src/model/estate.ts';
import type { CannotTell, Finding, FindingKind } from '../../../src/model/finding.ts';
import { RESOURCES, type ResourceName, type SourceCoverage } from '../../../src/model/kubernetes.ts';
import type { ObservedPosture } from '../../../src/model/observed.ts';
import type { Usage } from '../../../src/model/usage.ts';
import { buildLedger } from '../../../src/reconcile/ledger.ts';
import { DEFAULT_THRESHOLDS } from '../../../src/reconcile/thresholds.ts';
import { resolveEstate } from '../../../src/scope/resolve.ts';
import { createAwsBuilder } from '../../../src/sources/aws/builder.ts';
import { createAzureBuilder } from '../../../src/sources/azure/builder.ts';
import { createDatabaseBuilder } from '../../../src/sources/databases/builder.ts';
import { createGcpBuilder } from '../../../src/sources/gcp/builder.ts';
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
  /** Dumps of the AWS CLI, gcloud and az by path, added to clouds.yaml or in place of what is there; null: none at all. */
  clouds?: Readonly<Record<string, unknown>> | null;
  /** Rows of information_schema by path; absent: nothing was read of any database. */
  databases?: Readonly<Record<string, readonly unknown[]>>;
  usage?: Usage | null;
  observed?: Sketch | null;
  baseline?: Sketch | null;
  expect: { findings?: readonly Partial<Finding>[]; cannotTell?: Partial<CannotTell> | null };
};
type Manifest = { apiVersion: string; kind: string; metadata: { namespace?: string; name: string } };

export type Inputs = {
  configured: ConfiguredPosture | null;
  observed: ObservedPosture | null;
  baseline: ObservedPosture | null;
  usage: Usage | null;
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

export function inputsOf(file: CaseFile): Inputs {
  const {
    estate = [],
    sources = {},
    clouds = null,
    databases = null,
    observed = {},
    baseline = null,
    usage = null,
  } = file;
  return {
    configured: estate === null ? null : configure(estate, sources, { clouds, databases }),
    usage,
    observed: observed === null ? null : observe(observed),
    baseline: baseline === null ? null : observe(baseline),
  };
}

function configure(
  extra: readonly Manifest[],
  sources: NonNullable<CaseFile['sources']>,
  { clouds, databases }: { clouds: NonNullable<CaseFile['clouds']> | null; databases: Databases },
): ConfiguredPosture {
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
  const ofCluster = RESOURCES.filter((one) => !/^(aws|gcp|azure|database)-/.test(one));
  const coverage = ofCluster.flatMap((resource) => sourcesOf(resource, sources[resource] ?? 'read'));
  const estate = builder.finish({ origin: 'fixture', readAt: '2026-03-15T00:00:00Z', coverage });
  if (estate.warnings.length > 0) throw new Error(estate.warnings.join('; '));
  const posture = resolveEstate({
    kubernetes: estate,
    ...cloudsOf(clouds),
    databases: databasesOf(databases),
  }).posture;
  if (posture.warnings.length > 0) throw new Error(posture.warnings.join('; '));
  return posture;
}

type Databases = NonNullable<CaseFile['databases']> | null;

function databasesOf(given: Databases): DatabaseEstate | null {
  if (given === null) return null;
  const builder = createDatabaseBuilder();
  for (const [path, rows] of Object.entries(given))
    if (!builder.add(rows, path)) throw new Error(`${path} is of no database`);
  return builder.finish('2026-03-15T00:00:00Z');
}

function cloudsOf(given: NonNullable<CaseFile['clouds']> | null): Pick<Estate, 'aws' | 'gcp' | 'azure'> {
  const base = parse(readFileSync(join(GAPS, 'clouds.yaml'), 'utf8')) as Record<string, unknown>;
  const documents: Record<string, unknown> = given === null ? {} : { ...base, ...given };
  const builders = { aws: createAwsBuilder(), gcp: createGcpBuilder(), azure: createAzureBuilder() };
  const taken = new Set<string>();
  for (const [path, document] of Object.entries(documents)) {
    if (document === null) continue;
    const cloud = (['aws', 'gcp', 'azure'] as const).find((one) => builders[one].add(document, path));
    if (cloud === undefined) throw new Error(`${path} is of no cloud`);
    taken.add(cloud);
  }
  const readAt = '2026-03-15T00:00:00Z';
  return {
    aws: taken.has('aws') ? builders.aws.finish(readAt) : null,
    gcp: taken.has('gcp') ? builders.gcp.finish(readAt) : null,
    azure: taken.has('azure') ? builders.azure.finish(readAt) : null,
  };
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

/** Workloads of cases that are there for what they do to the one in question. */
const BESIDE: ReadonlySet<string> = new Set(['research/publisher']);

/** What the detectors say of it, this kind's cells only. */
export function cellOf(kind: FindingKind, inputs: Inputs): Cell {
  const thresholds = { ...DEFAULT_THRESHOLDS, permutations: 299 };
  const ledger = buildLedger({ ...inputs, thresholds });
  const { findings, cannotTell } = detect(ledger, { thresholds, seed: SEED });
  return {
    findings: findings.filter((one) => one.kind === kind && !BESIDE.has(one.label)),
    cannotTell: cannotTell.filter((one) => one.kind === kind && !BESIDE.has(one.label)),
  };
}

function directories(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

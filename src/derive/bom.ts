/**
 * AI-BOM: CycloneDX 1.6 ML-BOM of what was seen loaded or is declared, per workload (https://cyclonedx.org/docs/1.6/json/).
 * The same ledger gives the same bytes. `scope` is never set: the specification keeps installed-but-unused components
 * `required`, so "declared, never loaded" is told by the property `ai-spm:presence` and by the evidence.
 */
import type { Ledger, LedgerWorkload } from '../model/ledger.ts';
import { type Artifact, artifactsOf, type BomKind } from './artifacts.ts';
import { type Evidence, evidenceOf, TOOL_REF } from './bom-evidence.ts';
import { type Dependency, type McpParts, mcpParts } from './bom-mcp.ts';
import { type Property, properties } from './bom-parts.ts';
import { isoTime } from './time.ts';

export type BomOptions = {
  /** UUID, with or without `urn:uuid:`. */
  serialNumber: string;
  /** ISO 8601. */
  timestamp: string;
  toolVersion: string;
};

type Component = {
  type: 'application' | 'framework' | 'library' | 'machine-learning-model';
  'bom-ref': string;
  group?: string;
  name: string;
  version?: string;
  hashes?: { alg: 'SHA-256'; content: string }[];
  purl?: string;
  evidence?: Evidence;
  properties?: Property[];
};

const TYPES = {
  model: 'machine-learning-model',
  adapter: 'machine-learning-model',
  framework: 'framework',
  library: 'library',
  'inference-server': 'application',
} as const satisfies Record<BomKind, Component['type']>;

const refOf = (workload: LedgerWorkload, { kind, subject }: Artifact): string =>
  `${workload.id}#${kind}:${subject}`;

type Identity = { group: string | null; name: string; version: string | null; purl: string | null };

/** What was loaded or answered is the truth about name and version; a declaration speaks only where nothing was. */
function identity(artifact: Artifact): Identity {
  const [, provider, model] = /^remote:([^/]+)\/(.+)$/s.exec(artifact.subject) ?? [];
  if (provider !== undefined && model !== undefined && artifact.details.length === 0)
    return { group: provider, name: model, version: null, purl: null };
  const known = artifact.details[0] ?? artifact.declared[0]?.pattern ?? artifact.installed?.artifact ?? null;
  const purl = known?.purl ?? null;
  return {
    group: null,
    name: known?.name || artifact.subject || 'unnamed',
    version: known?.version ?? null,
    purl: purl?.startsWith('pkg:') ? purl : null,
  };
}

/** A declaration that names another version than the one that was loaded. */
function divergentVersion(artifact: Artifact, version: string | null): string | null {
  const declared = artifact.declared.flatMap(({ pattern }) => pattern.version ?? []);
  const others = declared.filter((one) => version !== null && one !== version);
  return artifact.details.length > 0 && others.length > 0 ? [...new Set(others)].sort().join(', ') : null;
}

function component(workload: LedgerWorkload, artifact: Artifact): Component {
  const { group, name, version, purl } = identity(artifact);
  const hashes = [...new Set(artifact.details.flatMap((d) => d.sha256 ?? []))].sort();
  const [detail] = artifact.details;
  return {
    type: TYPES[artifact.kind],
    'bom-ref': refOf(workload, artifact),
    ...(group === null ? {} : { group }),
    name,
    ...(version === null ? {} : { version }),
    ...(hashes.length === 0
      ? {}
      : { hashes: hashes.map((content) => ({ alg: 'SHA-256' as const, content })) }),
    ...(purl === null ? {} : { purl }),
    evidence: evidenceOf(artifact, name, purl),
    properties: properties({
      workload: workload.label,
      kind: artifact.kind,
      presence: artifact.presence,
      'presence:reason': artifact.doubt,
      // An image full of packages is no intent: nobody named this one.
      'declared:by': artifact.installed !== null && artifact.declared.length === 0 ? 'image' : null,
      'declared:version': divergentVersion(artifact, version),
      // It answered from elsewhere: no file of it was loaded here.
      'remote:provider': group,
      format: detail?.format,
      size: detail?.size,
    }),
  };
}

function workloadComponent(workload: LedgerWorkload, { unnamedRequests }: McpParts): Component {
  const { observed, configured } = workload;
  const group = configured?.namespace ?? observed?.meta.namespace ?? null;
  return {
    type: 'application',
    'bom-ref': workload.id,
    ...(group === null || group === '' ? {} : { group }),
    name: configured?.name || observed?.meta.name || workload.label || workload.id,
    properties: properties({
      'workload-id': workload.id,
      'window:start': observed && isoTime(observed.start),
      'window:end': observed && isoTime(observed.end),
      'convergence:artifact': workload.convergence.artifact.state,
      'mcp-server:unnamed:requests': unnamedRequests,
    }),
  };
}

type Read = { workload: LedgerWorkload; artifacts: readonly Artifact[]; mcp: McpParts };

function dependencies(read: readonly Read[]): Dependency[] {
  return read.flatMap(({ workload, artifacts, mcp }) => {
    const refs = artifacts.map((artifact) => refOf(workload, artifact));
    const servers = mcp.services.map((service) => service['bom-ref']);
    return [
      { ref: workload.id, dependsOn: [...refs, ...servers] },
      ...refs.map((ref) => ({ ref })),
      ...mcp.dependencies,
    ];
  });
}

function metadata({ timestamp, toolVersion }: BomOptions) {
  const tool = { type: 'application', 'bom-ref': TOOL_REF, name: 'ai-spm', version: toolVersion };
  return { timestamp, lifecycles: [{ phase: 'operations' }], tools: { components: [tool] } };
}

/** CycloneDX 1.6 JSON; null where no workload has an artifact, since an empty BOM would look like a finding. */
export function deriveBom(ledger: Ledger, options: BomOptions): Record<string, unknown> | null {
  const read = ledger.workloads
    .map((workload) => ({ workload, artifacts: artifactsOf(workload), mcp: mcpParts(workload) }))
    .filter(({ artifacts, mcp }) => artifacts.length + mcp.services.length + mcp.components.length > 0)
    .sort((a, b) => (a.workload.id < b.workload.id ? -1 : 1));
  if (read.length === 0) return null;
  const services = read.flatMap(({ mcp }) => mcp.services);
  const serial = options.serialNumber.replace(/^urn:uuid:/, '');
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${serial}`,
    version: 1,
    metadata: metadata(options),
    components: read.flatMap(({ workload, artifacts, mcp }) => [
      workloadComponent(workload, mcp),
      ...artifacts.map((artifact) => component(workload, artifact)),
      ...mcp.components,
    ]),
    ...(services.length === 0 ? {} : { services }),
    dependencies: dependencies(read),
    // Operating system and application code are not listed, so the inventory of a workload is never complete.
    compositions: [{ aggregate: 'incomplete', assemblies: read.map(({ workload }) => workload.id) }],
  };
}

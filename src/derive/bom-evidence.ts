/** Evidence of both sides as CycloneDX 1.6 has it: componentEvidence.identity and .occurrences. */
import type { Artifact } from './artifacts.ts';
import { isoTime } from './time.ts';

export const TOOL_REF = 'tool:ai-spm';

type Method = {
  technique: 'dynamic-analysis' | 'manifest-analysis' | 'filename' | 'hash-comparison';
  /** 0…1, as the specification wants it; our own scale, below. */
  confidence: number;
  value: string;
};
export type Evidence = {
  identity: {
    field: 'name' | 'purl' | 'hash';
    confidence: number;
    concludedValue: string;
    methods: Method[];
    tools: string[];
  }[];
  occurrences?: { location: string; symbol: string; additionalContext: string }[];
};

/**
 * How surely the state names the artifact: an executed or mapped file is the thing itself, an import is named by its
 * files, an open alone may be a copy or a scan.
 */
const STATES = {
  installed: { confidence: 0.3, symbol: 'present' },
  opened: { confidence: 0.6, symbol: 'openat' },
  imported: { confidence: 0.9, symbol: 'import' },
  mapped: { confidence: 0.95, symbol: 'mmap' },
  executed: { confidence: 0.95, symbol: 'execve' },
} as const satisfies Record<Artifact['details'][number]['state'], { confidence: number; symbol: string }>;

/** Seen, but no detail says how. */
const SEEN = 0.5;
/** A manifest says what should be there. */
const DECLARED = 0.6;

const unique = <T>(items: readonly T[], key: (item: T) => string): T[] => [
  ...new Map(items.map((item) => [key(item), item])).values(),
];

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function dynamicMethods({ details, observed }: Shown): Method[] {
  const seen = details.map((detail) => ({
    technique: 'dynamic-analysis' as const,
    confidence: STATES[detail.state].confidence,
    value: `${detail.state}: ${detail.path ?? detail.name} (rule ${detail.rule})`,
  }));
  if (seen.length > 0 || observed.length === 0) return seen;
  const sources = unique(
    observed.flatMap((o) => o.sources),
    String,
  ).toSorted(byText);
  return [{ technique: 'dynamic-analysis', confidence: SEEN, value: `seen by ${sources.join(', ')}` }];
}

function manifestMethods({ declared, installed }: Shown): Method[] {
  if (declared.length === 0 && installed !== null) {
    const confidence = STATES.installed.confidence;
    return [{ technique: 'filename', confidence, value: `installed: ${installed.where}` }];
  }
  return declared.map(({ path }) => ({
    technique: 'manifest-analysis',
    confidence: DECLARED,
    value: path.map((hop) => `${hop.object} ${hop.field}`.trim()).join(' > ') || 'declared',
  }));
}

function methods(artifact: Shown): Method[] {
  const all = [...dynamicMethods(artifact), ...manifestMethods(artifact)];
  return unique(all, (m) => `${m.technique}\0${m.value}`).toSorted(
    (a, b) => byText(a.technique, b.technique) || byText(a.value, b.value),
  );
}

function hashIdentity(sha256: string): Evidence['identity'][number] {
  return {
    field: 'hash',
    confidence: 1,
    concludedValue: sha256,
    methods: [{ technique: 'hash-comparison', confidence: 1, value: sha256 }],
    tools: [TOOL_REF],
  };
}

/** When, how often and by which processes: extra keys are not allowed in an occurrence, so as compact JSON. */
function context(artifact: Shown): string {
  const { observed } = artifact;
  if (observed.length === 0) return '{}';
  const list = (items: readonly string[]) => unique(items, String).toSorted(byText).slice(0, 16);
  return JSON.stringify({
    containers: list(observed.flatMap((o) => (o.container === null ? [] : [o.container]))),
    processes: list(observed.flatMap((o) => o.processes)),
    count: observed.reduce((sum, o) => sum + o.count, 0),
    sessions: Math.max(...observed.map((o) => o.sessions)),
    firstSeen: isoTime(Math.min(...observed.map((o) => o.first))),
    lastSeen: isoTime(Math.max(...observed.map((o) => o.last))),
  });
}

function occurrences(artifact: Shown): NonNullable<Evidence['occurrences']> {
  if (artifact.observed.length === 0) return [];
  const additionalContext = context(artifact);
  const found = artifact.details.map((detail) => ({
    location: detail.path ?? artifact.subject,
    symbol: STATES[detail.state].symbol as string,
    additionalContext,
  }));
  const all = found.length > 0 ? found : [{ location: artifact.subject, symbol: 'seen', additionalContext }];
  return unique(all, (o) => `${o.location}\0${o.symbol}`).toSorted(
    (a, b) => byText(a.location, b.location) || byText(a.symbol, b.symbol),
  );
}

/** Of an artifact, and of what else was seen or declared. */
export type Shown = Pick<Artifact, 'subject' | 'declared' | 'installed' | 'observed' | 'details'>;

export function evidenceOf(artifact: Shown, name: string, purl: string | null): Evidence {
  const found = methods(artifact);
  const hashes = unique(
    artifact.details.flatMap((d) => d.sha256 ?? []),
    String,
  ).toSorted(byText);
  const seen = occurrences(artifact);
  return {
    identity: [
      {
        field: purl === null ? 'name' : 'purl',
        confidence: Math.max(0, ...found.map((method) => method.confidence)),
        concludedValue: purl ?? name,
        methods: found,
        tools: [TOOL_REF],
      },
      ...hashes.map(hashIdentity),
    ],
    ...(seen.length === 0 ? {} : { occurrences: seen }),
  };
}

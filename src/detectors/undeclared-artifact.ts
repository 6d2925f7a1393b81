/** Loaded and not declared: shared by models and AI frameworks. */
import type { FindingKind } from '../model/finding.ts';
import type { Kind } from '../model/kinds.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import type { ArtifactDetail } from '../model/snapshot.ts';
import { originOf } from './artifact-origin.ts';
import {
  artifactsOf,
  byName,
  type Declaration,
  declarations,
  isLoaded,
  matchesAny,
  nameAndVersions,
  rowsOf,
  sameNamed,
} from './artifacts.ts';
import type { DetectorResult, Draft } from './define-detector.ts';
import { presence, presenceConfidence } from './evidence.ts';
import { listed } from './words.ts';

export type Wanted = {
  kind: Extract<FindingKind, 'undeclared-model' | 'undeclared-framework'>;
  kinds: readonly Kind[];
  /** Kinds under which such an artifact may be declared. */
  declaredAs: readonly Kind[];
  noun: string;
  declares: 'model' | 'framework';
  /** Beyond shadow AI, which always aggravates. */
  isDangerous: (detail: ArtifactDetail) => boolean;
};

/**
 * Without a declaration of this kind nothing is "undeclared": cannot-tell. But a workload that declares nothing of
 * any kind and loads AI artifacts is shadow AI, and that is a finding.
 */
export function undeclared(view: LedgerWorkload, wanted: Wanted): DetectorResult<2> {
  const declared = declarations(view, wanted.declaredAs);
  const loaded = artifactsOf(view, wanted.kinds).filter(isLoaded);
  const foreign = byName(loaded.filter((detail) => !matchesAny(declared, detail)));
  const declares = view.configured?.declares;
  const shadow = declares !== undefined && !declares.model && !declares.framework && !declares.library;
  if (!shadow && !declares?.[wanted.declares]) {
    if (foreign.length === 0) return { drafts: [] };
    const names = listed(foreign.map(nameAndVersions));
    const detail = `${names} was loaded; the declarations of ${view.label} name no ${wanted.noun} at all`;
    return { drafts: [], doubts: [{ reason: 'no-declaration', detail }] };
  }
  return { drafts: foreign.map((details) => draft(view, { details, declared, shadow, wanted })) };
}

type Case = {
  details: readonly ArtifactDetail[];
  declared: readonly Declaration[];
  shadow: boolean;
  wanted: Wanted;
};

function draft(view: LedgerWorkload, { details, declared, shadow, wanted }: Case): Draft<2> {
  const [detail] = details as [ArtifactDetail];
  const rows = rowsOf(view, details);
  const name = nameAndVersions(details);
  const processes = listed([...new Set(rows.flatMap((row) => row.processes))]);
  const other = sameNamed(declared, detail);
  const missing = shadow
    ? `${view.label} declares no AI artifact of any kind (shadow AI)`
    : other
      ? `declared is ${other.capability.summary}`
      : `nothing that ${view.label} declares names it`;
  const path = detail.path ?? detail.subject;
  const origin = originOf(view, path);
  return {
    subject: `${detail.kind} ${detail.name}`,
    claim: `${processes} of ${view.label} loaded ${detail.kind} ${name} (${detail.state}: ${path}); ${missing}.`,
    configured: {
      summary: shadow
        ? 'nothing is declared'
        : `declared: ${listed(declared.map((one) => one.capability.summary))}`,
      path: [origin],
    },
    operational: presence(
      rows,
      `${detail.state} by ${processes}`,
      details.map((one) => one.path ?? one.subject),
    ),
    remedy: { upstream: { object: origin.object, field: origin.field } },
    aggravated: shadow || details.some(wanted.isDangerous),
    confidence: 'high',
    confidenceReason: `${presenceConfidence(rows).confidenceReason}; recognised by ${detail.rule}`,
  };
}

import type { Audience, Severity } from '../model/finding.ts';
import type { Discipline, Gap, NetworkEngine } from '../model/kinds.ts';
import type { ReferenceId } from './references.ts';

/**
 * What can be done about a gap, by gap, so that a wrong-gap remedy cannot be written down:
 * Gap 1 narrows the configured side, Gap 2 cuts an upstream edge, Gap 3 never touches configuration.
 * `{object}` and `{field}` stand for what the finding names.
 */
export type RemedyTexts = {
  1: { scopeDown: string };
  /** `ofEngine`: where another engine than Kubernetes decides, what it says instead. */
  2: {
    upstream: string;
    ownPolicyWontHelp: string;
    ofEngine?: Readonly<Partial<Record<NetworkEngine, string>>>;
  };
  3: { enforce: string };
};

type Common = {
  discipline: Discipline;
  title: string;
  /** What it means to whoever runs the agent. */
  meaning: string;
  /** Why this gap, and not one of the other two. */
  why: string;
  references: readonly ReferenceId[];
  /** `aggravated` applies where `rule` says so. */
  severity: { base: Severity; aggravated: Severity; rule: string };
  audience: Audience;
};

export type FindingText<G extends Gap = Gap> = G extends Gap
  ? Common & { gap: G; remedy: RemedyTexts[G] }
  : never;

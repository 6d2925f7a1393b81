import { type Discipline, KINDS_BY_DISCIPLINE, type Kind } from '../model/kinds.ts';

/**
 * The dimensions whose discovery decides convergence, per discipline. Left out, because their number never stops
 * growing or says nothing new: file paths (temporary names; folded above a limit), sequences and flows (combinations
 * of dimensions that are counted already), and system calls and Linux capabilities (a small closed set, exhausted at
 * start-up, whose many sightings would make the sample coverage of everything else look better than it is).
 */
export const DIMENSION_KINDS = {
  artifact: ['model', 'adapter', 'framework', 'library', 'inference-server', 'mcp-server', 'mcp-tool'],
  identity: [
    'cloud-action',
    'kubernetes-action',
    'identity-hop',
    'credential-source',
    'secret-read',
    'data-grant',
  ],
  behavior: ['egress', 'name-lookup', 'http-endpoint', 'llm-call', 'tool-call', 'data-access', 'process'],
} as const satisfies Record<Discipline, readonly Kind[]>;

const DISCIPLINE_OF: ReadonlyMap<string, Discipline> = new Map(
  Object.entries(KINDS_BY_DISCIPLINE).flatMap(([discipline, kinds]) =>
    kinds.map((kind) => [kind, discipline as Discipline] as const),
  ),
);
const DIMENSIONS: ReadonlySet<string> = new Set(Object.values(DIMENSION_KINDS).flat());

export function disciplineOf(kind: Kind): Discipline {
  return DISCIPLINE_OF.get(kind)!;
}

export function isKind(text: string | null): text is Kind {
  return text !== null && DISCIPLINE_OF.has(text);
}

/** Discipline to which the kind counts as a dimension, null where it does not count. */
export function dimensionOf(kind: Kind): Discipline | null {
  return DIMENSIONS.has(kind) ? disciplineOf(kind) : null;
}

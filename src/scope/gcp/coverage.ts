/** What was read of one node. Sources are `gcp:<node>/<what>`: an empty list is a fact only where it was asked for. */
import type { GcpEstate } from '../../model/gcp.ts';
import type { SourceCoverage } from '../../model/kubernetes.ts';
import { memory } from './memory.ts';

export type Part =
  | 'iam-policy'
  | 'deny-policies'
  | 'policy-bindings'
  | 'service-accounts'
  | 'workload-identity-providers';
export type Coverage = {
  /** Why that part of the node is not known; null: it is. */
  gap(node: string, part: Part): string | null;
  /** Whether nobody gave what only ever restricts: the answer is then made without it, and says so. */
  isLeftOut(node: string, part: Part): boolean;
};
const RESTRICTING: ReadonlySet<Part> = new Set(['deny-policies', 'policy-bindings']);

export function createCoverage(estate: GcpEstate, canonical: (name: string) => string): Coverage {
  const rows = new Map<string, SourceCoverage>();
  for (const row of estate.coverage) {
    const source = canonical(row.source.slice(row.source.indexOf(':') + 1));
    // A part that was read in several files is whole only if each was.
    if (rows.get(source)?.status !== 'failed') rows.set(source, row);
  }
  const policies = new Set(estate.policies.map(({ resource }) => canonical(resource)));
  const isLeftOut = (node: string, part: Part) => {
    const row = rows.get(`${node}/${part}`);
    return RESTRICTING.has(part) && (row === undefined || row.status === 'absent');
  };
  const gap = (node: string, part: Part) => {
    const row = rows.get(`${node}/${part}`);
    if (isLeftOut(node, part)) return null;
    if (part === 'iam-policy' && policies.has(node) && (row === undefined || row.status === 'read'))
      return null;
    return row === undefined ? `${WORDS[part]} of ${node} ${VERBS[part]} not read` : gapOf(row, part, node);
  };
  const known = memory<{ gap: string | null }>();
  // Asked many times for each decision, and mostly of the same few nodes.
  return {
    gap: (node, part) => known(`${part} ${node}`, () => ({ gap: gap(node, part) })).gap,
    isLeftOut,
  };
}

const WORDS = {
  'iam-policy': 'the allow policy',
  'deny-policies': 'the deny policies',
  'policy-bindings': 'the access boundaries',
  'service-accounts': 'the service accounts',
  'workload-identity-providers': 'the providers of identity pools',
} as const satisfies Record<Part, string>;
const VERBS = {
  'iam-policy': 'was',
  'deny-policies': 'were',
  'policy-bindings': 'were',
  'service-accounts': 'were',
  'workload-identity-providers': 'were',
} as const satisfies Record<Part, string>;

function gapOf({ status, reason }: SourceCoverage, part: Part, node: string): string | null {
  if (status === 'read' || status === 'not-served') return null;
  const why = reason === null ? '' : `: ${reason}`;
  return `${WORDS[part]} of ${node} ${VERBS[part]} not read (${status}${why})`;
}

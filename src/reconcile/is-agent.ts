import type { Kind } from '../model/kinds.ts';
import type { LedgerWorkload } from '../model/ledger.ts';

export const AGENT_LABEL = 'ai-spm.dev/agent';

/** Kinds that only an AI workload shows. A plain `library` does not make an agent. */
const AI_KINDS: ReadonlySet<Kind> = new Set([
  'model',
  'adapter',
  'framework',
  'inference-server',
  'mcp-server',
  'mcp-tool',
  'llm-call',
  'tool-call',
  'rag-index',
]);

/** Labelled as one, declared as one, or seen behaving as one: the last catches shadow AI. */
export function isAgent(workload: LedgerWorkload): boolean {
  const { configured, observed } = workload;
  const labels = { ...observed?.meta.labels, ...configured?.labels, ...configured?.podLabels };
  if (labels[AGENT_LABEL] !== undefined) return labels[AGENT_LABEL] === 'true';
  if (configured?.operators !== undefined) return true;
  if (configured?.declared.some((artifact) => AI_KINDS.has(artifact.kind))) return true;
  return observed?.observations.some((observation) => AI_KINDS.has(observation.kind)) ?? false;
}

/** Whether a token that the API server takes lies in the pods of a workload. */
import { pathUnder } from '../match/path.ts';
import type { Capability, ConfiguredWorkload } from '../model/configured.ts';

type Workload = Pick<ConfiguredWorkload, 'id' | 'mounts'>;
/** Thousands of questions are asked of one posture. */
const TOKENS = new WeakMap<readonly Capability[], ReadonlyMap<string, readonly Capability[]>>();

/** One for another audience is refused there. */
export function hasApiToken(capabilities: readonly Capability[], { id, mounts }: Workload): boolean {
  const foreign = mounts.filter(({ audience }) => audience);
  return (tokensOf(capabilities).get(id) ?? []).some(({ allow }) =>
    allow.some(
      (pattern) =>
        pattern.type === 'path' && !foreign.some(({ mountPath }) => pathUnder(mountPath, pattern.prefix)),
    ),
  );
}

/** What has to hold of pods in which none lies; null: one does. */
export function tokenCondition(
  capabilities: readonly Capability[],
  workload: Workload & Pick<ConfiguredWorkload, 'namespace' | 'serviceAccount'>,
): string | null {
  if (hasApiToken(capabilities, workload)) return null;
  return `a token of ServiceAccount ${workload.namespace}/${workload.serviceAccount} gets into its pods: none is mounted`;
}

function tokensOf(capabilities: readonly Capability[]): ReadonlyMap<string, readonly Capability[]> {
  const known = TOKENS.get(capabilities);
  if (known) return known;
  const credentials = capabilities.filter(({ kind }) => kind === 'credential-source');
  const made = Map.groupBy(credentials, ({ holder }) => holder.id);
  TOKENS.set(capabilities, made);
  return made;
}

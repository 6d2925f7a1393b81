/** securityContext of pods and containers, as far as it says anything. */
import { z } from 'zod';
import type { SecurityContext } from '../../model/kubernetes.ts';
import { text, texts } from './schema.ts';

const flag = z.boolean().nullish();
const seccompProfile = z.object({ type: text.nullish() }).nullish();

export const podSecurity = z
  .object({ runAsNonRoot: flag, runAsUser: z.int().nullish(), seccompProfile })
  .nullish();
export const containerSecurity = z
  .object({
    privileged: flag,
    allowPrivilegeEscalation: flag,
    readOnlyRootFilesystem: flag,
    runAsNonRoot: flag,
    runAsUser: z.int().nullish(),
    seccompProfile,
    capabilities: z.object({ add: texts, drop: texts }).nullish(),
  })
  .nullish();

export function securityOf(raw: z.infer<typeof containerSecurity>): { security?: SecurityContext } {
  const { seccompProfile: seccomp, capabilities, ...plain } = raw ?? {};
  const said = {
    ...plain,
    seccomp: seccomp?.type,
    add: some(capabilities?.add),
    drop: some(capabilities?.drop),
  };
  const kept = Object.entries(said).filter(([, value]) => value !== null && value !== undefined);
  return kept.length > 0 ? { security: Object.fromEntries(kept) } : {};
}

function some(words: readonly string[] | undefined): readonly string[] | null {
  return words && words.length > 0 ? words : null;
}

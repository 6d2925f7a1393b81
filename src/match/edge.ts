/** The edge to cut: what has to change upstream, since editing the agent's own configuration would not help. */
import type { Hop } from '../model/configured.ts';

/** The first inherited hop that is an object; else the first inherited one; null where all is the agent's own. */
export function edgeToCut(path: readonly Hop[]): Hop | null {
  const inherited = path.filter((hop) => hop.inherited);
  return inherited.find((hop) => hop.ref !== null) ?? inherited[0] ?? null;
}

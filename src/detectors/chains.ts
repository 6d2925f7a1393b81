/** Identities that an agent became by way of another one: within one cloud, and across clouds. */
import { principalKey } from '../match/principal.ts';
import type { Hop } from '../model/configured.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import type { DetectorResult, Draft } from './define-detector.ts';
import { hiddenDraft } from './hidden-identity.ts';
import { cloudOf, type IdentityUse, identityUses, nameOfPrincipal, seenHop } from './identities.ts';

export type Chain = { use: IdentityUse; names: readonly string[]; path: readonly Hop[]; crosses: boolean };

/** By configuration where it shows the way, else as the wire showed it. */
export function chainsOf(view: LedgerWorkload): Chain[] {
  return identityUses(view).flatMap((use) => configuredChain(use) ?? seenChain(view, use) ?? []);
}

function configuredChain(use: IdentityUse): Chain | null {
  const { reached } = use;
  if (!reached || reached.edges.length === 0) return null;
  const names = [reached.edges[0]!.from, ...reached.edges.map(({ to }) => to)];
  return chain(use, names, reached.path);
}

/** AssumeRole and its like from one identity of a cloud to another; how a pod gets its first one is no chain. */
function seenChain(view: LedgerWorkload, use: IdentityUse): Chain | null {
  if (use.reached) return null;
  const key = principalKey(use.principal);
  for (const { kind, observed } of view.entries) {
    if (kind !== 'identity-hop' || !observed || observed.count <= observed.errors) continue;
    const [from, to] = observed.subject.split(' → ') as [string, string | undefined];
    if (!to || principalKey(to) !== key || cloudOf(from) === null || principalKey(from) === key) continue;
    return chain(use, [from, to], [seenHop(from, to, observed.context)]);
  }
  return null;
}

function chain(use: IdentityUse, names: readonly string[], path: readonly Hop[]): Chain {
  const clouds = new Set(names.map(cloudOf).filter((cloud) => cloud !== null));
  return { use, names, path, crosses: clouds.size > 1 };
}

export function chainDrafts(view: LedgerWorkload, crosses: boolean): DetectorResult<2> {
  const chains = chainsOf(view).filter((one) => one.crosses === crosses);
  return { drafts: chains.map((one) => draft(view, one)) };
}

function draft(view: LedgerWorkload, { use, names, path }: Chain): Draft<2> {
  const way = names.map(nameOfPrincipal).join(' → ');
  return hiddenDraft(view, use, {
    claim: `acted as ${nameOfPrincipal(use.principal)} by way of ${way}`,
    path,
  });
}

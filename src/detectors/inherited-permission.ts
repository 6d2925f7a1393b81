import { edgeToCut } from '../match/edge.ts';
import { principalKey } from '../match/principal.ts';
import type { Capability, Hop } from '../model/configured.ts';
import type { LedgerEntry, LedgerWorkload } from '../model/ledger.ts';
import { type DetectorResult, type Draft, defineDetector } from './define-detector.ts';
import { hiddenDraft } from './hidden-identity.ts';
import { cloudOf, IDENTITY_NEEDS, isCall, mayBeAttempt, nameOfPrincipal } from './identities.ts';
import { listed } from './words.ts';

/** Actions that succeeded only by a grant made for others too: of a group, a folder, an organization, everybody. */
export const inheritedPermission = defineDetector({
  kind: 'inherited-permission',
  gap: 2,
  discipline: 'identity',
  needs: { ...IDENTITY_NEEDS, kinds: ['cloud-action'], absence: false },
  detect(view): DetectorResult<2> {
    const owed = view.entries.filter(isGranted).flatMap((entry) => {
      const hop = foreignEdge(view, entry);
      return hop ? [{ entry, hop }] : [];
    });
    const byEdge = Map.groupBy(
      owed,
      ({ entry, hop }) => `${entry.observed!.principal} ${hop.object} ${hop.field}`,
    );
    return { drafts: [...byEdge.values()].map((group) => draft(view, group)) };
  },
});

function isGranted(entry: LedgerEntry): boolean {
  const { observed, capabilities } = entry;
  if (!isCall(entry) || observed === null || capabilities.length === 0) return false;
  return observed.count > observed.errors && observed.principal !== null && !mayBeAttempt(observed);
}

/** Null: some grant of the identity itself covers it too. */
function foreignEdge(view: LedgerWorkload, { capabilities }: LedgerEntry): Hop | null {
  const edges = capabilities.map((one) => edgeToCut(grantPath(view, one)));
  return edges.every((edge) => edge !== null) ? edges[0]! : null;
}

/** From the identity on: how the agent comes by the identity is another question. */
function grantPath(view: LedgerWorkload, { holder, path }: Capability): readonly Hop[] {
  const key = principalKey(holder.id);
  const reached = (view.reached ?? []).find(({ principal }) => principalKey(principal) === key);
  return path.slice(reached?.path.length ?? 0);
}

function draft(view: LedgerWorkload, group: readonly { entry: LedgerEntry; hop: Hop }[]): Draft<2> {
  const [{ entry, hop }] = group as [{ entry: LedgerEntry; hop: Hop }];
  const principal = entry.observed!.principal!;
  const rows = group.map((one) => one.entry.observed!);
  const use = { principal, cloud: cloudOf(principal) ?? 'aws', reached: null, rows };
  const granted = listed([
    ...new Set(group.flatMap((one) => one.entry.capabilities.map(({ summary }) => summary))),
  ]);
  const claim = `used as ${nameOfPrincipal(principal)} what only ${hop.object} ${hop.field} grants it (${granted})`;
  const drafted = hiddenDraft(view, use, { claim, path: entry.capabilities[0]!.path, cut: hop });
  return {
    ...drafted,
    subject: `${hop.object} ${hop.field}`,
    key: `${principalKey(principal)} ${hop.object} ${hop.field}`,
  };
}

import { type DetectorResult, defineDetector } from './define-detector.ts';
import { hiddenDraft } from './hidden-identity.ts';
import { candidateFor, IDENTITY_NEEDS, identityUses, nameOfPrincipal } from './identities.ts';
import { listed } from './words.ts';

/**
 * An identity in use that others are as well: the pool of a project makes namespace and ServiceAccount of the same name in
 * another cluster the same principal, and a trust with a wildcard lets in whoever fits it.
 */
export const sharedIdentityPool = defineDetector({
  kind: 'shared-identity-pool',
  gap: 2,
  discipline: 'identity',
  needs: { ...IDENTITY_NEEDS, absence: false },
  detect(view): DetectorResult<2> {
    const drafts = identityUses(view).flatMap((use) => {
      const candidate = candidateFor(view, use.principal);
      if (!candidate || candidate.mechanism === 'node-identity') return [];
      const { path, shared = [] } = candidate;
      if (shared.length === 0) return [];
      const why = listed(shared.map(({ object, why: reason }) => `${object} ${reason}`));
      const claim = `acted as ${nameOfPrincipal(use.principal)}, which is not its own alone: ${why}`;
      // The same object may be both: a trust that lets the agent in, and others.
      const own = path.filter(
        (hop) => !shared.some(({ object, field }) => object === hop.object && field === hop.field),
      );
      return [hiddenDraft(view, use, { claim, path: [...own, ...shared], cut: shared[0]! })];
    });
    return { drafts };
  },
});

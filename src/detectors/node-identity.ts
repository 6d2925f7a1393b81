import { type DetectorResult, defineDetector } from './define-detector.ts';
import { hiddenDraft } from './hidden-identity.ts';
import { candidateFor, IDENTITY_NEEDS, identityUses, nameOfPrincipal } from './identities.ts';

/** The identity of the node in use: every pod on it has the same, and no object of the agent names it. */
export const nodeIdentity = defineDetector({
  kind: 'node-identity',
  gap: 2,
  discipline: 'identity',
  needs: { ...IDENTITY_NEEDS, absence: false },
  detect(view): DetectorResult<2> {
    const drafts = identityUses(view).flatMap((use) => {
      const candidate = candidateFor(view, use.principal);
      if (candidate?.mechanism !== 'node-identity') return [];
      const own = (view.configured?.credentials ?? []).find(
        (one) => one.cloud === use.cloud && one.mechanism !== 'node-identity',
      );
      const instead = own ? `, though ${own.mechanism} was meant to give it another: ${own.reason}` : '';
      const claim = `acted as its node, ${nameOfPrincipal(use.principal)}${instead}`;
      return [hiddenDraft(view, use, { claim, path: candidate.path })];
    });
    return { drafts };
  },
});

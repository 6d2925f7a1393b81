import { chainDrafts } from './chains.ts';
import { defineDetector } from './define-detector.ts';
import { IDENTITY_NEEDS } from './identities.ts';

/** An identity of one cloud that became one of another, by a trust between the two that no object of the agent shows. */
export const crossCloudChain = defineDetector({
  kind: 'cross-cloud-chain',
  gap: 2,
  discipline: 'identity',
  needs: { ...IDENTITY_NEEDS, absence: false },
  detect: (view) => chainDrafts(view, true),
});

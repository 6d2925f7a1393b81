import { chainDrafts } from './chains.ts';
import { defineDetector } from './define-detector.ts';
import { IDENTITY_NEEDS } from './identities.ts';

/** A role that the agent took on from another one of the same cloud: what that role may do stands in no object of the agent. */
export const roleChain = defineDetector({
  kind: 'role-chain',
  gap: 2,
  discipline: 'identity',
  needs: { ...IDENTITY_NEEDS, absence: false },
  detect: (view) => chainDrafts(view, false),
});

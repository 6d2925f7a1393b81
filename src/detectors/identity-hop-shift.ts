import { defineDetector } from './define-detector.ts';
import { shiftOf } from './shift.ts';

/** The mix of hops between identities against the baseline: one without precedent is a mover. */
export const identityHopShift = defineDetector({
  kind: 'identity-hop-shift',
  gap: 3,
  discipline: 'identity',
  needs: {
    signals: ['tls'],
    resources: ['workloads'],
    kinds: ['identity-hop'],
    absence: false,
    processStart: false,
    baseline: true,
  },
  detect: (view, context) =>
    shiftOf(view, context, {
      kind: 'identity-hop',
      noun: 'identity hops',
      name: (subject) => subject,
    }),
});

import { defineDetector } from './define-detector.ts';
import { shiftOf } from './shift.ts';

/** The mix of actions in clouds against the baseline. */
export const actionShift = defineDetector({
  kind: 'action-shift',
  gap: 3,
  discipline: 'identity',
  needs: {
    signals: ['tls'],
    resources: ['workloads'],
    kinds: ['cloud-action'],
    absence: false,
    processStart: false,
    baseline: true,
  },
  detect: (view, context) =>
    shiftOf(view, context, {
      kind: 'cloud-action',
      noun: 'cloud actions',
      name: (subject) => subject,
    }),
});

import { defineDetector } from './define-detector.ts';
import { shiftOf } from './shift.ts';

/** The mix of process images against the baseline. */
export const processShift = defineDetector({
  kind: 'process-shift',
  gap: 3,
  discipline: 'behavior',
  needs: {
    signals: ['process'],
    resources: ['workloads'],
    kinds: ['process'],
    absence: false,
    processStart: false,
    baseline: true,
  },
  detect: (view, context) =>
    shiftOf(view, context, {
      kind: 'process',
      noun: 'process images',
      name: (subject) => subject,
    }),
});

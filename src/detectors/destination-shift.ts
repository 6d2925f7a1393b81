import { defineDetector } from './define-detector.ts';
import { subjectName } from './egress.ts';
import { shiftOf } from './shift.ts';

/** The mix of egress destinations against the baseline. */
export const destinationShift = defineDetector({
  kind: 'destination-shift',
  gap: 3,
  discipline: 'behavior',
  needs: {
    signals: ['network'],
    resources: ['networkpolicies'],
    kinds: ['egress'],
    absence: false,
    processStart: false,
    baseline: true,
  },
  detect: (view, context) =>
    shiftOf(view, context, {
      kind: 'egress',
      noun: 'egress destinations',
      name: (subject) => subjectName(view, subject),
    }),
});

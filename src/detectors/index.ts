/** All detectors, in the order of the report: by gap, then by discipline. */
import type { Ledger } from '../model/ledger.ts';
import type { Detector } from './define-detector.ts';
import { destinationShift } from './destination-shift.ts';
import { type Detection, type DetectOptions, runDetectors } from './engine.ts';
import { foreignPolicyEgress } from './foreign-policy-egress.ts';
import { inheritedApiAccess } from './inherited-api-access.ts';
import { processShift } from './process-shift.ts';
import { undeclaredFramework } from './undeclared-framework.ts';
import { undeclaredModel } from './undeclared-model.ts';
import { unloadedLibrary } from './unloaded-library.ts';
import { unpolicedEgress } from './unpoliced-egress.ts';
import { unreadSecret } from './unread-secret.ts';
import { unreadToken } from './unread-token.ts';
import { unusedEgress } from './unused-egress.ts';

export const DETECTORS: readonly Detector[] = [
  unusedEgress,
  unreadSecret,
  unreadToken,
  unloadedLibrary,
  foreignPolicyEgress,
  unpolicedEgress,
  inheritedApiAccess,
  undeclaredModel,
  undeclaredFramework,
  destinationShift,
  processShift,
];

/** Pure: the same ledger, thresholds and seed give the same findings, ids included. */
export function detect(ledger: Ledger, options: DetectOptions): Detection {
  return runDetectors(DETECTORS, ledger, options);
}

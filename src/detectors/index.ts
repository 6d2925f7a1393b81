/** All detectors, in the order of the report: by gap, then by discipline. */
import type { Ledger } from '../model/ledger.ts';
import { actionShift } from './action-shift.ts';
import { crossCloudChain } from './cross-cloud-chain.ts';
import type { Detector } from './define-detector.ts';
import { destinationShift } from './destination-shift.ts';
import { displacedIdentity } from './displaced-identity.ts';
import { type Detection, type DetectOptions, runDetectors } from './engine.ts';
import { foreignPolicyEgress } from './foreign-policy-egress.ts';
import { identityHopShift } from './identity-hop-shift.ts';
import { inheritedApiAccess } from './inherited-api-access.ts';
import { inheritedPermission } from './inherited-permission.ts';
import { nodeIdentity } from './node-identity.ts';
import { processShift } from './process-shift.ts';
import { roleChain } from './role-chain.ts';
import { sharedIdentity } from './shared-identity.ts';
import { sharedIdentityPool } from './shared-identity-pool.ts';
import { unassumedRole } from './unassumed-role.ts';
import { undeclaredFramework } from './undeclared-framework.ts';
import { undeclaredModel } from './undeclared-model.ts';
import { unloadedLibrary } from './unloaded-library.ts';
import { unpolicedEgress } from './unpoliced-egress.ts';
import { unreadSecret } from './unread-secret.ts';
import { unreadToken } from './unread-token.ts';
import { unusedClusterPermission } from './unused-cluster-permission.ts';
import { unusedEgress } from './unused-egress.ts';
import { unusedGrant } from './unused-grant.ts';
import { unusedPermission } from './unused-permission.ts';

export const DETECTORS: readonly Detector[] = [
  unusedEgress,
  unreadSecret,
  unreadToken,
  unloadedLibrary,
  unusedPermission,
  unusedClusterPermission,
  unassumedRole,
  unusedGrant,
  sharedIdentity,
  foreignPolicyEgress,
  unpolicedEgress,
  inheritedApiAccess,
  undeclaredModel,
  undeclaredFramework,
  inheritedPermission,
  nodeIdentity,
  displacedIdentity,
  roleChain,
  crossCloudChain,
  sharedIdentityPool,
  destinationShift,
  processShift,
  actionShift,
  identityHopShift,
];

/** Pure: the same ledger, thresholds and seed give the same findings, ids included. */
export function detect(ledger: Ledger, options: DetectOptions): Detection {
  return runDetectors(DETECTORS, ledger, options);
}

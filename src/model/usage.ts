/** Use told by logs of clouds and clusters (`--usage`): a source of observation beside the sensor. */
import type { Kind } from './kinds.ts';

export type UsageSource = 'log:cloudtrail' | 'log:kubernetes-audit' | 'log:gcp-audit' | 'aws:last-accessed';

/** Summed over one (principal, action, resource, source). */
export type UsageRow = {
  /** As the observed posture writes principals: `aws:arn:…`, `gcp:<account>`, `system:serviceaccount:…`. */
  principal: string;
  kind: Extract<Kind, 'cloud-action' | 'kubernetes-action' | 'identity-hop'>;
  /** In the form of observed subjects: `aws:s3:GetObject`, `list pods`. */
  subject: string;
  context: string | null;
  source: UsageSource;
  count: number;
  /** Of these; attempts are no use. */
  denied: number;
  errors: number;
  /** Epoch ms. */
  first: number;
  last: number;
  /** Pod that the session names, `namespace/name`, where it does. */
  pod: string | null;
};
export type Usage = {
  rows: readonly UsageRow[];
  /** What the logs cover, epoch ms: silence outside it says nothing. */
  windows: readonly { source: UsageSource; origin: string; start: number; end: number; events: number }[];
  warnings: readonly string[];
};

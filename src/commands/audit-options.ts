/** What `ai-spm audit` was asked: flags, their AI_SPM_* twins and ai-spm.yaml, already merged. */
export type AuditOptions = {
  snapshots: readonly string[];
  configured: readonly string[];
  saveConfigured?: string;
  kubeconfig?: string;
  context?: string;
  namespace: readonly string[];
  allNamespaces: boolean;
  selector?: string;
  allWorkloads: boolean;
  baselineSnapshot: readonly string[];
  baseline?: string;
  report?: string;
  explain?: string;
  format: readonly string[];
  show?: string;
  failOn?: string;
  requireCoverage?: string;
  seed: number;
  title?: string;
  /** False (`--no-live`): without exports, audit the snapshots alone. */
  live: boolean;
  /** Read AWS with the credentials that its SDK finds. */
  aws: boolean;
  awsProfile?: string;
  awsRegion: readonly string[];
  /** Roles to assume, one an account. */
  awsRole: readonly string[];
  awsLastAccessed: boolean;
  gcpProject: readonly string[];
  /** Logs of clouds and clusters. */
  usage: readonly string[];
  can?: string;
  canFile?: string;
  printAccess?: string;
  preflight: boolean;
};

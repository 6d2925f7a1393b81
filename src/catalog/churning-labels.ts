/** Labels that say nothing about who a pod is, because they differ from one pod or one release to the next. */

/** Written by controllers: different from one rollout or replica to the next. */
export const INSTANCE_LABELS: ReadonlySet<string> = new Set([
  'pod-template-hash',
  'controller-revision-hash',
  'pod-template-generation',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/job-name',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'controller-uid',
  'rollouts-pod-template-hash',
  'batch.kubernetes.io/job-completion-index',
]);

/** Also those of release tools and of the place where it runs: a policy must not hang on them. */
export const CHURNING_LABELS: ReadonlySet<string> = new Set([
  ...INSTANCE_LABELS,
  'version',
  'chart',
  'helm.sh/chart',
  'app.kubernetes.io/version',
  'app.kubernetes.io/managed-by',
  'service.istio.io/canonical-revision',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
]);

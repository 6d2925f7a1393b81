/**
 * Answers a question by the resolution of the audit. What was not read is `cannot-tell`; what hangs on something unknown
 * is `conditional`, with what it hangs on.
 */
import { type KubernetesRequest, kubernetesVerdict } from '../match/kubernetes-rule.ts';
import { resourceGap } from '../match/source-coverage.ts';
import type { KubernetesEstate } from '../model/kubernetes.ts';
import type { Answer, Query, QueryAction } from '../model/query.ts';
import { orAsAnother } from './answer-become.ts';
import { answerCloud } from './answer-cloud.ts';
import { answerEgress } from './answer-egress.ts';
import { tokenCondition } from './api-token.ts';
import type { Holder } from './holders.ts';
import type { Resolved } from './resolve.ts';
import { controllerOfPod, findPod, findWorkload, type Named, noSuchAccount } from './subjects.ts';

export function answerQuery(resolved: Resolved, query: Query): Answer {
  switch (query.action.kind) {
    case 'kubernetes-action':
      return answerKubernetes(resolved, query, query.action);
    case 'cloud-action':
      return answerCloud(resolved, query, query.action);
    case 'egress':
      return answerEgress(resolved, query, query.action);
  }
}

export function cannotTell(reason: string): Answer {
  return { verdict: 'cannot-tell', reason, path: [], conditions: [] };
}

/** The workload behind a workload or a pod. */
export function workloadOf({ posture, estate }: Resolved, subject: Query['subject']) {
  const origin = posture.origin;
  if ('workload' in subject) return findWorkload(posture.workloads, subject.workload, origin);
  if (!('pod' in subject) || !estate.kubernetes) return { unknown: 'no Kubernetes objects were read' };
  const pod = findPod(estate.kubernetes, subject.pod);
  if ('unknown' in pod) return pod;
  const { kind, name } = controllerOfPod(estate.kubernetes, pod.found);
  return findWorkload(posture.workloads, `${kind}/${pod.found.ref.namespace}/${name}`, origin);
}

type KubernetesAction = Extract<QueryAction, { kind: 'kubernetes-action' }>;
function answerKubernetes(resolved: Resolved, { subject }: Query, action: KubernetesAction): Answer {
  const { kubernetes } = resolved.estate;
  if (!kubernetes) return cannotTell('no Kubernetes objects were read');
  const holder = holderOf(resolved, subject);
  if ('unknown' in holder) return cannotTell(holder.unknown);
  const { capabilities, path } = holder.found;
  const principal = principalOf(resolved, subject);
  const absent = principal === null ? '' : noSuchAccount(kubernetes, principal);
  const request = requestOf(action);
  const { verdict, decidedBy, why } = kubernetesVerdict(capabilities, request, rbacGap(kubernetes, request));
  if (verdict === 'unknown')
    return { verdict: 'cannot-tell', reason: `${why}${absent}`, path, conditions: [why] };
  const other =
    verdict === 'deny' && principal !== null ? orAsAnother(resolved, principal, capabilities, request) : '';
  const answer = {
    verdict,
    reason: `${why}${other}${absent}`,
    path: [...path, ...(decidedBy?.path ?? [])],
    conditions: [],
  };
  return verdict === 'allow' ? withToken(resolved, subject, answer) : answer;
}

/** What the ServiceAccount may do its pods may do with its token: without one mounted, only if they get one. */
function withToken(resolved: Resolved, subject: Query['subject'], answer: Answer): Answer {
  if (!('workload' in subject || 'pod' in subject)) return answer;
  const workload = workloadOf(resolved, subject);
  if ('unknown' in workload) return answer;
  const condition = tokenCondition(resolved.posture.capabilities, workload.found);
  if (condition === null) return answer;
  return { ...answer, verdict: 'conditional', conditions: [...answer.conditions, condition] };
}

/** What is not allowed by bindings that were not read is not known to be denied. */
function rbacGap({ coverage }: KubernetesEstate, { namespace }: KubernetesRequest): string | null {
  const wide = resourceGap(coverage, 'rbac', null, 'clusterrolebindings');
  return wide ?? (namespace === null ? null : resourceGap(coverage, 'rbac', namespace, 'rolebindings'));
}

function holderOf(resolved: Resolved, subject: Query['subject']): Named<Holder> {
  if ('user' in subject) return { found: resolved.holderOf(subject.user, subject.groups ?? null) };
  if ('serviceAccount' in subject) {
    const [namespace, name, ...rest] = subject.serviceAccount.split('/');
    if (!namespace || !name || rest.length > 0)
      return { unknown: `${subject.serviceAccount} is no ServiceAccount: expected namespace/name` };
    return { found: resolved.holderOf(`system:serviceaccount:${namespace}:${name}`, null) };
  }
  if (!('workload' in subject || 'pod' in subject))
    return { unknown: 'a principal of a cloud asks the API server by authorizers that are not modelled' };
  const workload = workloadOf(resolved, subject);
  if ('unknown' in workload) return workload;
  return { found: resolved.holderOf(workload.found.principal, null) };
}

/** As edges between identities name it; null: none of the cluster's. */
function principalOf(resolved: Resolved, subject: Query['subject']): string | null {
  if ('user' in subject) return subject.user;
  if ('serviceAccount' in subject) return `system:serviceaccount:${subject.serviceAccount.replace('/', ':')}`;
  const workload = workloadOf(resolved, subject);
  return 'found' in workload ? workload.found.principal : null;
}

function requestOf(action: KubernetesAction): KubernetesRequest {
  const { verb, apiGroup, resource, subresource, namespace, name, path } = action;
  return {
    verb,
    apiGroup: apiGroup ?? '',
    resource: resource || null,
    subresource: subresource || null,
    namespace: namespace || null,
    name: name || null,
    path: resource ? null : (path ?? '/'),
  };
}

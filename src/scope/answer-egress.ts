/** Whether a workload or pod may connect somewhere: every layer of the network is asked. */
import type { Answer, Query, QueryAction } from '../model/query.ts';
import { cannotTell, workloadOf } from './answer.ts';
import { sourceOfPod, sourceOfWorkload } from './network-source.ts';
import type { Resolved } from './resolve.ts';
import { findPod } from './subjects.ts';

type Egress = Extract<QueryAction, { kind: 'egress' }>;

export function answerEgress(resolved: Resolved, { subject }: Query, { to, port, protocol }: Egress): Answer {
  const { network, estate } = resolved;
  if (!network || !estate.kubernetes) return cannotTell('no Kubernetes objects were read');
  if ('pod' in subject) {
    const pod = findPod(estate.kubernetes, subject.pod);
    if ('unknown' in pod) return cannotTell(pod.unknown);
    return network.decide(sourceOfPod(pod.found), to, port, protocol);
  }
  if (!('workload' in subject))
    return cannotTell('an identity does not connect: ask for a workload or a pod');
  const workload = workloadOf(resolved, subject);
  if ('unknown' in workload) return cannotTell(workload.unknown);
  return network.decide(sourceOfWorkload(workload.found), to, port, protocol);
}

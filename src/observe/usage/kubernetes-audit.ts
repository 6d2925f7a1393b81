/**
 * Events of the API server's audit log, of any level: what was asked, by whom, from which pod.
 * https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
 */
import { kubernetesAction } from '../../match/kubernetes-action.ts';
import type { KubernetesRequest } from '../../match/kubernetes-rule.ts';
import { field, list } from '../meaning/json-fields.ts';
import { time, type UsageEvent, type UsageReader, word } from './event.ts';

const SOURCE = 'log:kubernetes-audit';
const POD = 'authentication.kubernetes.io/pod-name';

export const kubernetesAudit: UsageReader = { source: SOURCE, read };

function read(record: unknown): readonly UsageEvent[] | null {
  if (field(record, 'kind') !== 'Event' || !String(field(record, 'apiVersion')).startsWith('audit.k8s.io/'))
    return null;
  const at = time(field(record, 'requestReceivedTimestamp')) ?? time(field(record, 'stageTimestamp'));
  const user = word(field(record, 'impersonatedUser', 'username')) ?? word(field(record, 'user', 'username'));
  const request = requestOf(record);
  if (at === null || user === null || request === null || !isCounted(record, request)) return [];
  const { subject, context } = kubernetesAction(request);
  const outcome = outcomeOf(record);
  return [
    {
      principal: user,
      kind: 'kubernetes-action',
      subject,
      context,
      source: SOURCE,
      pod: podOf(record, user),
      at,
      outcome,
    },
  ];
}

/** One event a request: a watch is told when it begins, anything else when it is over. */
function isCounted(record: unknown, { verb }: KubernetesRequest): boolean {
  const stage = field(record, 'stage');
  return stage === (verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete') || stage === 'Panic';
}

function requestOf(record: unknown): KubernetesRequest | null {
  const verb = word(field(record, 'verb'));
  if (verb === null) return null;
  const ref = field(record, 'objectRef');
  const resource = word(field(ref, 'resource'));
  const path = word(field(record, 'requestURI'))?.split('?', 1)[0] ?? null;
  return {
    verb,
    namespace: resource === null ? null : word(field(ref, 'namespace')),
    apiGroup: word(field(ref, 'apiGroup')) ?? '',
    resource,
    subresource: word(field(ref, 'subresource')),
    name: word(field(ref, 'name')),
    path: resource === null ? path : null,
  };
}

function outcomeOf(record: unknown): UsageEvent['outcome'] {
  const code = Number(field(record, 'responseStatus', 'code') ?? 0);
  const forbidden = field(record, 'annotations', 'authorization.k8s.io/decision') === 'forbid';
  if (forbidden || code === 401 || code === 403) return 'denied';
  return code >= 400 ? 'failed' : 'done';
}

/** Bound tokens say which pod they were made for. */
function podOf(record: unknown, user: string): string | null {
  const namespace = /^system:serviceaccount:([^:]+):/.exec(user)?.[1];
  const [pod] = list(field(record, 'user', 'extra', POD));
  const name = word(pod);
  return namespace === undefined || name === null ? null : `${namespace}/${name}`;
}

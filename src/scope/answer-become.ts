/**
 * Whom somebody can become in the cluster who may do what it may not itself. RBAC's verdict stays what
 * `kubectl auth can-i` says; this is said beside it.
 */
import { type KubernetesRequest, kubernetesVerdict } from '../match/kubernetes-rule.ts';
import type { Capability, IdentityEdge } from '../model/configured.ts';
import type { Resolved } from './resolve.ts';

/** Empty: nobody. */
export function orAsAnother(
  resolved: Resolved,
  principal: string,
  capabilities: readonly Capability[],
  request: KubernetesRequest,
): string {
  const edges = resolved.becomes(principal, capabilities);
  const certain = edges.filter(({ effect }) => effect === 'allow');
  const ordered = [...certain, ...edges.filter((edge) => !certain.includes(edge))];
  const way = ordered.find(({ to }) => mayAs(resolved, to, request));
  if (way) return `${becomes(way)}, which may`;
  const pattern = ordered.find(({ to }) => to === '*' || /^system:serviceaccount:.*\*$/.test(to));
  return pattern ? `${becomes(pattern)}, some of which perhaps may` : '';
}

function mayAs({ holderOf }: Resolved, to: string, request: KubernetesRequest): boolean {
  if (!/^system:serviceaccount:[^:*]+:[^:*]+$/.test(to)) return false;
  return kubernetesVerdict(holderOf(to, null).capabilities, request).verdict === 'allow';
}

function becomes({ to, by, conditions }: IdentityEdge): string {
  const only = conditions.length > 0 ? `, if ${conditions.join(' and ')}` : '';
  return `; but by ${by} it can become ${to === '*' ? 'others' : to}${only}`;
}

/** Which AuthorizationPolicies are about a workload (Istio, Authorization Policy: selector, targetRefs, root namespace). */
import type { Labels, Service } from '../../model/kubernetes.ts';
import type { AuthorizationPolicy } from '../../model/mesh.ts';
import type { Membership } from './member.ts';

export type MeshTarget = {
  namespace: string;
  labels: Labels;
  namespaceLabels: Labels | null;
  member: Membership;
};
/** `requires`: a waypoint has to be on the way. */
export type Applying = { policy: AuthorizationPolicy; requires: readonly string[] };
export type AuthorizationIndex = (target: MeshTarget) => readonly Applying[];

export function indexAuthorization(
  policies: readonly AuthorizationPolicy[],
  services: readonly Service[],
  root: string,
): AuthorizationIndex {
  const effective = policies.filter(({ action }) => action !== 'AUDIT');
  const namespaces = Map.groupBy(effective, ({ ref }) => ref.namespace ?? 'default');
  const named = new Map(services.map((one) => [`${one.ref.namespace}/${one.ref.name}`, one]));
  const wide = namespaces.get(root) ?? [];
  return (target) => {
    const own = target.namespace === root ? [] : (namespaces.get(target.namespace) ?? []);
    return [...wide, ...own].flatMap((policy) => applying(policy, target, named));
  };
}

function applying(
  policy: AuthorizationPolicy,
  target: MeshTarget,
  services: ReadonlyMap<string, Service>,
): Applying[] {
  if (policy.targetRefs.length > 0) return atWaypoint(policy, target, services);
  return selects(policy.selector, target.labels) ? [{ policy, requires: [] }] : [];
}

function selects(selector: Labels | null, labels: Labels): boolean {
  return selector === null || Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Such a policy is the waypoint's: sidecars do not know it. */
function atWaypoint(
  policy: AuthorizationPolicy,
  target: MeshTarget,
  services: ReadonlyMap<string, Service>,
): Applying[] {
  if (target.member === 'sidecar') return [];
  const refs = policy.targetRefs.filter(({ kind, name }) => {
    if (kind === 'GatewayClass') return true;
    if (kind === 'Gateway') return waypointOf(target) === name && policy.ref.namespace === target.namespace;
    const service = services.get(`${policy.ref.namespace}/${name}`);
    return kind === 'Service' && isBehind(service, target);
  });
  return refs.length === 0
    ? []
    : [{ policy, requires: [`it passes the waypoint of ${refs[0]!.kind} ${refs[0]!.name}`] }];
}

function waypointOf({ labels, namespaceLabels }: MeshTarget): string | undefined {
  return labels['istio.io/use-waypoint'] ?? namespaceLabels?.['istio.io/use-waypoint'];
}

function isBehind(service: Service | undefined, { namespace, labels }: MeshTarget): boolean {
  if (!service?.selector || service.ref.namespace !== namespace) return false;
  return selects(service.selector, labels);
}

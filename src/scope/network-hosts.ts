/** Names of Services, as pods resolve them (Kubernetes DNS specification, search domains of a pod). */
import type { Service } from '../model/kubernetes.ts';

/** `db`, `db.lab`, `db.lab.svc`, `db.lab.svc.cluster.local`; null: no Service that was read. */
export function serviceNamed(
  services: ReadonlyMap<string, Service>,
  host: string,
  namespace: string,
): Service | null {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.');
  if (labels.length === 1) return services.get(`${namespace}/${labels[0]}`) ?? null;
  if (labels.length > 2 && labels[2] !== 'svc') return null;
  return services.get(`${labels[1]}/${labels[0]}`) ?? null;
}

/** Whether a name can only be one of the cluster's own. */
export function isClusterName(host: string): boolean {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.');
  return labels.length === 1 || (labels.length >= 3 && labels[2] === 'svc');
}

/** Whether a pod is in the mesh, and how (Istio, Sidecar Injection; Ambient, Add workloads to the mesh). */
import type { Labels, PodTemplate } from '../../model/kubernetes.ts';

export type Membership = 'sidecar' | 'ambient' | 'none' | 'unknown';
type Facts = {
  template: Pick<PodTemplate, 'labels' | 'annotations' | 'containers' | 'hostNetwork'>;
  /** Null: not read. */
  namespaceLabels: Labels | null;
  /** A pod as it runs, and not the template that one is made from: what was to be injected has been. */
  running: boolean;
};

const PROXY = 'istio-proxy';

export function membershipOf(facts: Facts): Membership {
  const { template, namespaceLabels, running } = facts;
  if (template.hostNetwork) return 'none';
  if (template.containers.some(({ name }) => name === PROXY)) return 'sidecar';
  const ambient = ambientOf(template, namespaceLabels);
  if (ambient === 'ambient') return ambient;
  if (running && template.containers.length > 0) return ambient;
  const injected = injectedOf(template, namespaceLabels);
  return injected === 'none' ? ambient : injected;
}

function ambientOf({ labels, annotations }: Facts['template'], namespace: Labels | null): Membership {
  if (annotations['ambient.istio.io/redirection'] === 'enabled') return 'ambient';
  const own = labels['istio.io/dataplane-mode'];
  if (own !== undefined) return own === 'ambient' ? 'ambient' : 'none';
  if (namespace === null) return 'unknown';
  return namespace['istio.io/dataplane-mode'] === 'ambient' ? 'ambient' : 'none';
}

/** The pod's own word counts first; `istio-injection` of the namespace before its revision. */
function injectedOf({ labels, annotations }: Facts['template'], namespace: Labels | null): Membership {
  const own = labels['sidecar.istio.io/inject'] ?? annotations['sidecar.istio.io/inject'];
  if (own === 'false') return 'none';
  const asked = own === 'true' || labels['istio.io/rev'] !== undefined;
  if (namespace === null) return asked ? 'sidecar' : 'unknown';
  const injection = namespace['istio-injection'];
  if (injection === 'disabled') return 'none';
  return asked || injection === 'enabled' || namespace['istio.io/rev'] !== undefined ? 'sidecar' : 'none';
}

/** Ports that do not go through the proxy (Istio, Resource Annotations). */
export function bypassesProxy({ annotations }: Facts['template'], port: number): boolean {
  const excluded = annotations['traffic.sidecar.istio.io/excludeInboundPorts'] ?? '';
  const included = annotations['traffic.sidecar.istio.io/includeInboundPorts'];
  if (excluded.split(',').some((one) => Number(one.trim()) === port && one.trim() !== '')) return true;
  if (included === undefined || included.trim() === '*') return false;
  return !included.split(',').some((one) => Number(one.trim()) === port);
}

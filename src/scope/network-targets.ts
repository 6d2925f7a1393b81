/** What a question means by a pod, an address or a host name: the endpoints that would answer there. */
import type { EndpointSlice, KubernetesEstate, Pod, Service } from '../model/kubernetes.ts';
import type { QueryAction } from '../model/query.ts';
import { refName } from './describe.ts';
import type { Dial, Endpoints, Target } from './network-endpoints.ts';
import { isClusterName, serviceNamed } from './network-hosts.ts';

export type Dialled = Extract<QueryAction, { kind: 'egress' }>['to'];
export type Targets =
  | { targets: readonly Target[]; service: Service | null; host: string | null }
  | { unknown: string }
  /** Nothing can answer there, whatever policies say. */
  | { dead: string; service: Service };
type Lookup = {
  endpoints: Endpoints;
  services: ReadonlyMap<string, Service>;
  slices: ReadonlyMap<string, readonly EndpointSlice[]>;
};
type ServicePort = Service['ports'][number];

export function createTargets(
  estate: KubernetesEstate,
  endpoints: Endpoints,
): (to: Dialled, dial: Dial) => Targets {
  const lookup: Lookup = {
    endpoints,
    services: new Map(estate.services.map((one) => [`${one.ref.namespace}/${one.ref.name}`, one])),
    slices: Map.groupBy(estate.endpointSlices, (one) => `${one.ref.namespace}/${one.service}`),
  };
  return (to, dial) => {
    if ('pod' in to) return podTargets(lookup, to.pod, dial);
    const text = 'ip' in to ? to.ip : to.host;
    const address = endpoints.addresses.parse(text);
    if (address !== null) return addressTargets(lookup, address, dial);
    return 'ip' in to ? { unknown: `${text} is no IP address` } : hostTargets(lookup, text, dial);
  };
}

function podTargets({ endpoints }: Lookup, text: string, dial: Dial): Targets {
  const [namespace, name, ...rest] = text.split('/');
  const pod = rest.length === 0 ? endpoints.podNamed(namespace!, name ?? '') : null;
  return pod
    ? { targets: [endpoints.podTarget(pod, dial)], service: null, host: null }
    : { unknown: `pod ${text} is not among those that were read` };
}

function addressTargets(lookup: Lookup, address: string, dial: Dial): Targets {
  const service = lookup.endpoints.addresses.serviceAt(address);
  if (service) return serviceTargets(lookup, service, dial);
  return { targets: [lookup.endpoints.addressTarget(address, dial)], service: null, host: null };
}

function hostTargets(lookup: Lookup, host: string, dial: Dial): Targets {
  const service = serviceNamed(lookup.services, host, dial.from.namespace);
  if (service) return serviceTargets(lookup, service, dial);
  if (isClusterName(host)) return { unknown: `no Service ${host} is among those that were read` };
  return externalTargets(host, dial);
}

function externalTargets(host: string, { port, protocol }: Dial): Targets {
  const destination = { address: null, port, protocol, resolution: 'external' as const, names: [host] };
  return { targets: [{ destination, pod: null }], service: null, host };
}

/** Policies see what is behind a Service, since its address is rewritten before they apply. */
function serviceTargets(lookup: Lookup, service: Service, dial: Dial): Targets {
  const name = refName(service.ref);
  if (service.externalName !== null) return externalTargets(service.externalName, dial);
  const port = service.ports.find((one) => one.port === dial.port && one.protocol === dial.protocol);
  if (!port) return { dead: `${name} has no port ${dial.protocol} ${dial.port}`, service };
  const slices = lookup.slices.get(`${service.ref.namespace}/${service.ref.name}`) ?? [];
  const targets =
    slices.length > 0
      ? slices.flatMap((slice) => slicedTargets(lookup, slice, port, dial))
      : selectedTargets(lookup, service, port, dial);
  return targets.length > 0
    ? { targets, service, host: null }
    : { unknown: `nothing that was read is behind ${name}, so no policy of a destination can be asked` };
}

/** EndpointSlice ports carry the name of the Service's port, and the number that it leads to. */
function slicedTargets({ endpoints }: Lookup, slice: EndpointSlice, port: ServicePort, dial: Dial): Target[] {
  const to = slice.ports.find((one) => (one.name ?? '') === (port.name ?? ''))?.port;
  if (!to) return [];
  return slice.addresses.map(({ ip, pod: name, namespace }) => {
    const where = namespace ?? slice.ref.namespace ?? 'default';
    const pod = name === null ? null : endpoints.podNamed(where, name);
    const at = { ...dial, port: to };
    if (pod) return endpoints.podTarget(pod, at);
    return endpoints.addressTarget(endpoints.addresses.parse(ip) ?? ip, at);
  });
}

/** A pod that does not name the port that is meant answers to nothing. */
function selectedTargets(
  { endpoints }: Lookup,
  { ref, selector }: Service,
  port: ServicePort,
  dial: Dial,
): Target[] {
  if (selector === null) return [];
  const wanted = Object.entries(selector);
  return endpoints
    .podsIn(ref.namespace ?? 'default')
    .filter(({ template }) => wanted.every(([key, value]) => template.labels[key] === value))
    .flatMap((pod) => {
      const number = portOn(pod, port);
      return number === null ? [] : [endpoints.podTarget(pod, { ...dial, port: number })];
    });
}

function portOn({ template }: Pod, { targetPort, protocol }: ServicePort): number | null {
  if (typeof targetPort === 'number') return targetPort;
  const ports = template.containers.flatMap((container) => container.ports);
  return ports.find((one) => one.name === targetPort && one.protocol === protocol)?.containerPort ?? null;
}

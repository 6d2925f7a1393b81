/** Ports that an AuthorizationPolicy names, as ranges: a mesh handles TCP only. */
import type { NetworkPort } from '../../model/kubernetes.ts';

type Range = readonly [from: number, to: number];
export type PortSet = readonly Range[];

export const ALL_PORTS: PortSet = [[0, 65_535]];

/** Empty lists name no port, and so restrict nothing. */
export function portsOf(ports: readonly string[], notPorts: readonly string[]): PortSet {
  const wanted = ports.length === 0 ? ALL_PORTS : numbers(ports).map((one): Range => [one, one]);
  return numbers(notPorts).reduce<PortSet>(without, wanted);
}

export function intersect(a: PortSet, b: PortSet): PortSet {
  return a.flatMap(([from, to]) =>
    b.flatMap(([low, high]): Range[] => {
      const range: Range = [Math.max(from, low), Math.min(to, high)];
      return range[0] <= range[1] ? [range] : [];
    }),
  );
}

export function networkPorts(set: PortSet): NetworkPort[] {
  if (set === ALL_PORTS) return [{ protocol: 'TCP', port: null, endPort: null }];
  return set.map(([from, to]) => ({ protocol: 'TCP', port: from, endPort: to === from ? null : to }));
}

function without(set: PortSet, port: number): PortSet {
  return set.flatMap(([from, to]): Range[] => {
    if (port < from || port > to) return [[from, to]];
    const parts: Range[] = [
      [from, port - 1],
      [port + 1, to],
    ];
    return parts.filter(([low, high]) => low <= high);
  });
}

function numbers(ports: readonly string[]): number[] {
  return [...new Set(ports)].filter((one) => /^\d{1,5}$/.test(one)).map(Number);
}

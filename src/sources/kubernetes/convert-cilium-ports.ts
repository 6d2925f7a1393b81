/** Ports of Cilium's rules, and in words what its rules on layer 7 ask of the traffic. */
import { z } from 'zod';
import type { NetworkPort } from '../../model/kubernetes.ts';
import { list, text, texts } from './schema.ts';
import { phrase, phrases } from './words.ts';

const http = z.object({
  method: text.nullish(),
  path: text.nullish(),
  host: text.nullish(),
  headers: texts,
  headerMatches: list(z.unknown()),
});
const dns = z.object({ matchName: text.nullish(), matchPattern: text.nullish() });
const rules = z.object({
  http: z.array(http).max(1000).nullish(),
  dns: z.array(dns).max(1000).nullish(),
  kafka: z.array(z.unknown()).max(1000).nullish(),
  l7: z.array(z.unknown()).max(1000).nullish(),
  l7proto: text.nullish(),
});
const portProtocol = z.object({
  port: z.union([z.int(), text]).nullish(),
  endPort: z.int().nullish(),
  protocol: text.nullish(),
});
export const portRule = z.object({
  ports: list(portProtocol),
  rules: rules.nullish(),
  serverNames: texts,
  listener: z.object({ name: text.nullish() }).nullish(),
});
export type PortRule = z.infer<typeof portRule>;

/** Null: every port. Protocols that are neither TCP, UDP nor SCTP have no port that anybody asks about. */
export function ciliumPorts({ ports }: PortRule): NetworkPort[] | null {
  return ports.length === 0 ? null : ports.flatMap(ciliumPort);
}

function ciliumPort({ port, endPort, protocol }: z.infer<typeof portProtocol>): NetworkPort[] {
  const named = (protocol ?? 'ANY').toUpperCase();
  if (named !== 'ANY' && named !== 'TCP' && named !== 'UDP' && named !== 'SCTP') return [];
  const number = typeof port === 'string' && /^\d{1,5}$/.test(port) ? Number(port) : port;
  return [
    {
      protocol: named === 'ANY' ? null : named,
      port: number === 0 || number === '' ? null : (number ?? null),
      endPort: endPort || null,
    },
  ];
}

export function ciliumRequires({ rules: layer7, serverNames, listener }: PortRule): string[] {
  return [
    ...(serverNames.length > 0 ? [`the TLS server name is ${phrases(serverNames)}`] : []),
    ...(listener ? [`the Envoy listener ${phrase(listener.name ?? '')} lets it through`] : []),
    ...(layer7 ? layer7Requires(layer7) : []),
  ];
}

/** One rule without any requirement allows all; an empty list of rules, too (docs.cilium.io, Layer 7). */
function layer7Requires(raw: z.infer<typeof rules>): string[] {
  const requests = (raw.http ?? []).map(httpWords);
  const queries = (raw.dns ?? []).map((one) => one.matchName ?? one.matchPattern ?? '*');
  const other = [...(raw.kafka ?? []), ...(raw.l7 ?? [])].length;
  return [
    ...(requests.length > 0 && !requests.includes('') ? [`the HTTP request is ${phrases(requests)}`] : []),
    ...(queries.length > 0 && !queries.includes('*') ? [`the DNS query is for ${phrases(queries)}`] : []),
    ...(other > 0
      ? [
          `the ${raw.kafka ? 'Kafka' : phrase(raw.l7proto ?? 'application')} request is one of ${other} that are allowed`,
        ]
      : []),
  ];
}

/** Headers by their number only: values may be secrets. */
function httpWords({ method, path, host, headers, headerMatches }: z.infer<typeof http>): string {
  const words = [method, path, host ? `at ${host}` : null].filter((one) => one);
  const required = headers.length + headerMatches.length;
  const withHeaders = required > 0 ? [`with ${required} required headers`] : [];
  return [...words, ...withHeaders].join(' ');
}

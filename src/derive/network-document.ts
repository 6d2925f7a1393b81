/** The NetworkPolicy as YAML text: header comment, one rule per peer, each with the destinations behind it. */
import { Document, isMap, isSeq } from 'yaml';
import { NAMESPACE_NAME_LABEL } from '../match/selector.ts';
import type { Labels } from '../model/kubernetes.ts';
import { commentLines } from './comment.ts';
import type { Contact } from './network-contacts.ts';
import type { Grant, GrantPeer } from './network-grant.ts';

export const DNS_PORTS = [
  { protocol: 'UDP', port: 53 },
  { protocol: 'TCP', port: 53 },
] as const;
/** CoreDNS and kube-dns both carry this label, in every distribution that follows kubeadm. */
export const DNS_PODS = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };

export type PolicyMeta = {
  name: string;
  namespace: string;
  podSelector: Labels;
  annotations: Readonly<Record<string, string>>;
  /** Lines of the header comment. */
  header: readonly string[];
};

type Rule = { peer: GrantPeer; ports: { protocol: string; port: number }[]; comments: string[] };

function keyOf(peer: GrantPeer): string {
  return peer.type === 'address' ? peer.cidr : `${peer.namespace} ${JSON.stringify(peer.labels)}`;
}

function addPort(rule: Rule, { protocol, port }: Grant): void {
  if (!rule.ports.some((one) => one.protocol === protocol && one.port === port)) {
    rule.ports.push({ protocol, port });
  }
}

/** Pods that the rule for name resolution selects already, by fewer labels. */
function isClusterDns({ peer, port }: Grant): boolean {
  if (peer.type !== 'pods' || peer.namespace !== DNS_PODS.namespace || port !== 53) return false;
  return Object.entries(DNS_PODS.labels).every(([key, value]) => peer.labels[key] === value);
}

function dnsRule(): Rule {
  return {
    peer: { type: 'pods', ...DNS_PODS },
    ports: DNS_PORTS.map((port) => ({ ...port })),
    comments: ['name resolution: always allowed, seen or not'],
  };
}

/** Name resolution first; then one rule per peer, ordered by what it names. */
function rulesOf(contacts: readonly Contact[]): Rule[] {
  const dns = dnsRule();
  const rules = new Map([[keyOf(dns.peer), dns]]);
  for (const { name, grants } of contacts) {
    for (const grant of grants) {
      const key = isClusterDns(grant) ? keyOf(dns.peer) : keyOf(grant.peer);
      const rule = rules.get(key) ?? { peer: grant.peer, ports: [], comments: [] };
      rules.set(key, rule);
      addPort(rule, grant);
      for (const text of [name, ...(grant.caveat === null ? [] : [`caveat: ${grant.caveat}`])]) {
        if (!rule.comments.includes(text)) rule.comments.push(text);
      }
    }
  }
  const [first, ...rest] = rules.entries();
  return [first!, ...rest.sort(([a], [b]) => (a < b ? -1 : 1))].map(([, rule]) => rule);
}

function yamlPeer(peer: GrantPeer, ownNamespace: string): object {
  if (peer.type === 'address') return { ipBlock: { cidr: peer.cidr } };
  const podSelector = { matchLabels: { ...peer.labels } };
  if (peer.namespace === ownNamespace) return { podSelector };
  return { namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: peer.namespace } }, podSelector };
}

function yamlRule({ peer, ports }: Rule, ownNamespace: string): object {
  const sorted = ports.toSorted((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
  return { to: [yamlPeer(peer, ownNamespace)], ports: sorted };
}

export function networkDocument(contacts: readonly Contact[], meta: PolicyMeta): string {
  const rules = rulesOf(contacts);
  const document = new Document(
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: meta.name, namespace: meta.namespace, annotations: { ...meta.annotations } },
      spec: {
        podSelector: { matchLabels: { ...meta.podSelector } },
        policyTypes: ['Egress'],
        egress: rules.map((rule) => yamlRule(rule, meta.namespace)),
      },
    },
    // Kubernetes reads YAML 1.1, where a bare yes, on or 2026-12-21 is no string.
    { aliasDuplicateObjects: false, compat: 'yaml-1.1' },
  );
  document.commentBefore = commentLines(meta.header).join('\n');
  const egress = document.getIn(['spec', 'egress']);
  if (isSeq(egress)) {
    for (const [i, item] of egress.items.entries()) {
      if (isMap(item)) item.commentBefore = commentLines(rules[i]!.comments).join('\n');
    }
  }
  return document.toString({ lineWidth: 0 });
}

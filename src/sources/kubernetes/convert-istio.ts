/**
 * AuthorizationPolicy (security.istio.io, v1beta1 and v1): who may talk to the workloads that it selects
 * (istio.io/latest/docs/reference/config/security/authorization-policy). What only a request shows is kept in words.
 */
import { z } from 'zod';
import type { AuthorizationPolicy, AuthorizationRule, MeshOperation, MeshSource } from '../../model/mesh.ts';
import { convertCondition } from './convert-istio-condition.ts';
import { labels, list, objectMeta, type Place, refOf, text, texts } from './schema.ts';
import { phrases } from './words.ts';

const source = z.object({
  principals: texts,
  notPrincipals: texts,
  requestPrincipals: texts,
  notRequestPrincipals: texts,
  namespaces: texts,
  notNamespaces: texts,
  serviceAccounts: texts,
  notServiceAccounts: texts,
  ipBlocks: texts,
  notIpBlocks: texts,
  remoteIpBlocks: texts,
  notRemoteIpBlocks: texts,
});
const operation = z.object({
  hosts: texts,
  notHosts: texts,
  ports: texts,
  notPorts: texts,
  methods: texts,
  notMethods: texts,
  paths: texts,
  notPaths: texts,
});
const rule = z.object({
  from: list(z.object({ source: source.nullish() })),
  to: list(z.object({ operation: operation.nullish() })),
  when: list(z.object({ key: text, values: texts, notValues: texts })),
});
const targetRef = z.object({ group: text.nullish(), kind: text, name: text });
const policySchema = z.object({
  metadata: objectMeta,
  spec: z
    .object({
      selector: z.object({ matchLabels: labels }).nullish(),
      targetRef: targetRef.nullish(),
      targetRefs: list(targetRef),
      action: z.enum(['ALLOW', 'DENY', 'AUDIT', 'CUSTOM']).nullish(),
      provider: z.object({ name: text.nullish() }).nullish(),
      rules: list(rule.nullable()),
    })
    .nullish(),
});

export function convertAuthorizationPolicy(raw: unknown, place: Place): AuthorizationPolicy {
  const { metadata, spec } = policySchema.parse(raw);
  const refs = [...(spec?.targetRef ? [spec.targetRef] : []), ...(spec?.targetRefs ?? [])];
  return {
    ref: refOf(place, metadata),
    action: spec?.action ?? 'ALLOW',
    selector: spec?.selector ? spec.selector.matchLabels : null,
    targetRefs: refs.map(({ group, kind, name }) => ({ group: group ?? '', kind, name })),
    provider: spec?.provider?.name ?? null,
    rules: (spec?.rules ?? []).map((one, at) => convertRule(one, `spec.rules[${at}]`)),
  };
}

function convertRule(raw: z.infer<typeof rule> | null, field: string): AuthorizationRule {
  const from = raw?.from ?? [];
  const to = raw?.to ?? [];
  return {
    from: from.length > 0 ? from.map((one) => convertSource(one.source ?? null)) : null,
    to: to.length > 0 ? to.map((one) => convertOperation(one.operation ?? null)) : null,
    when: (raw?.when ?? []).map(convertCondition),
    field,
  };
}

function convertSource(raw: z.infer<typeof source> | null): MeshSource {
  const one = raw ?? source.parse({});
  const words: [string, readonly string[]][] = [
    ['the token of the request is of', one.requestPrincipals],
    ['the token of the request is not of', one.notRequestPrincipals],
    ['the original client address is in', one.remoteIpBlocks],
    ['the original client address is not in', one.notRemoteIpBlocks],
  ];
  const {
    requestPrincipals: _,
    notRequestPrincipals: __,
    remoteIpBlocks: ___,
    notRemoteIpBlocks: ____,
    ...known
  } = one;
  return { ...known, requires: inWords(words) };
}

function convertOperation(raw: z.infer<typeof operation> | null): MeshOperation {
  const one = raw ?? operation.parse({});
  const words: [string, readonly string[]][] = [
    ['the HTTP host is', one.hosts],
    ['the HTTP host is not', one.notHosts],
    ['the HTTP method is', one.methods],
    ['the HTTP method is not', one.notMethods],
    ['the HTTP path is', one.paths],
    ['the HTTP path is not', one.notPaths],
  ];
  const never =
    excludes(one.hosts, one.notHosts) ||
    excludes(one.methods, one.notMethods) ||
    excludes(one.paths, one.notPaths);
  return {
    ports: one.ports,
    notPorts: one.notPorts,
    requires: inWords(words),
    ...(never ? { never } : {}),
  };
}

function excludes(wanted: readonly string[], unwanted: readonly string[]): boolean {
  return wanted.length > 0 && wanted.every((one) => unwanted.includes(one));
}

function inWords(words: readonly [string, readonly string[]][]): string[] {
  return words
    .filter(([, values]) => values.length > 0)
    .map(([text, values]) => `${text} ${phrases(values)}`);
}

/** Who calls, as a mesh knows it, against the sources of an AuthorizationPolicy. */
import type { MeshSource } from '../../model/mesh.ts';
import { cidrContains } from '../cidr.ts';
import type { Ternary } from '../ternary.ts';

export type MeshCaller = {
  trustDomain: string;
  namespace: string;
  serviceAccount: string;
  /** Whether the called end sees this identity, which only mutual TLS shows it. */
  authenticated: Ternary;
  /** What has to hold where that is unknown. */
  authenticatedIf: string;
  address: string | null;
};

/** What has to hold for it to match: nothing more, these conditions; null: it does not match. */
export type Needs = readonly string[] | null;

/** Exact, `prefix*`, `*suffix`, or `*` for anything that is there (Istio, Authorization Policy, value matching). */
export function valueMatches(pattern: string, value: string): boolean {
  if (pattern === '*') return value !== '';
  if (pattern.startsWith('*')) return value.endsWith(pattern.slice(1));
  if (pattern.endsWith('*')) return value.startsWith(pattern.slice(0, -1));
  return pattern === value;
}

export function sourceNeeds(source: MeshSource, caller: MeshCaller, policyNamespace: string): Needs {
  const { trustDomain, namespace, serviceAccount } = caller;
  const principal = `${trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
  const account = (pattern: string) =>
    pattern.includes('/')
      ? pattern === `${namespace}/${serviceAccount}`
      : pattern === serviceAccount && namespace === policyNamespace;
  return allNeeds([
    identityNeeds(source.principals, (one) => valueMatches(one, principal), caller),
    identityNeeds(source.namespaces, (one) => valueMatches(one, namespace), caller),
    identityNeeds(source.serviceAccounts, account, caller),
    absentNeeds(source.notPrincipals, (one) => valueMatches(one, principal), caller),
    absentNeeds(source.notNamespaces, (one) => valueMatches(one, namespace), caller),
    absentNeeds(source.notServiceAccounts, account, caller),
    addressNeeds(source.ipBlocks, source.notIpBlocks, caller.address),
    source.requires,
  ]);
}

/** Every one of them; null where one cannot be had. */
export function allNeeds(needs: readonly Needs[]): Needs {
  return needs.some((one) => one === null) ? null : needs.flatMap((one) => one ?? []);
}

/** Any one of them; where one needs nothing, nothing is needed. */
export function anyNeeds(needs: readonly Needs[]): Needs {
  const possible = needs.filter((one) => one !== null);
  if (possible.length === 0) return null;
  if (possible.some((one) => one.length === 0)) return [];
  return [[...new Set(possible.map((one) => one.join(' and ')))].join(' or ')];
}

type Matches = (pattern: string) => boolean;

function identityNeeds(patterns: readonly string[], matches: Matches, caller: MeshCaller): Needs {
  if (patterns.length === 0) return [];
  if (caller.authenticated === 'no' || !patterns.some(matches)) return null;
  return caller.authenticated === 'yes' ? [] : [caller.authenticatedIf];
}

/** Without an identity nobody is one of those that are excluded. */
function absentNeeds(patterns: readonly string[], matches: Matches, caller: MeshCaller): Needs {
  if (caller.authenticated === 'no' || !patterns.some(matches)) return [];
  return caller.authenticated === 'yes' ? null : [`not: ${caller.authenticatedIf}`];
}

function addressNeeds(inside: readonly string[], outside: readonly string[], address: string | null): Needs {
  if (address === null) {
    const wanted = inside.length > 0 ? [`the address of the caller is in ${inside.join(' or ')}`] : [];
    const unwanted =
      outside.length > 0 ? [`the address of the caller is not in ${outside.join(' or ')}`] : [];
    return [...wanted, ...unwanted];
  }
  const covers = (block: string) => cidrContains(block.includes('/') ? block : single(block), address);
  if (inside.length > 0 && !inside.some(covers)) return null;
  return outside.some(covers) ? null : [];
}

function single(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

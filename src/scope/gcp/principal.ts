/** A principal with all that the estate tells of it: its project, its other names, and how observed ones are written. */
import { attributesOfSubject } from '../../match/gcp/mapping-inverse.ts';
import { parseWho, type Who } from '../../match/gcp/principal.ts';
import { projectOfAccount } from '../../match/gcp/resource.ts';
import type { GcpEstate, GcpServiceAccount } from '../../model/gcp.ts';
import type { Coverage } from './coverage.ts';
import type { Grant } from './grants.ts';
import type { Hierarchy } from './hierarchy.ts';
import { memoized } from './memory.ts';

export type Principal = {
  who: Who;
  /** As observed principals are written, `gcp:…`. */
  id: string;
  /** Distinct where what is known of it is: attributes of a token are no part of its name. */
  key: string;
  /** `Service account e`, for readers. */
  object: string;
  /** Project whose policies hold for it as a resource; null: not known. */
  home: string | null;
  account: GcpServiceAccount | null;
  /** What it gives itself, beside what bindings give it. */
  extra?: readonly Grant[];
};
export type Principals = {
  of(text: string): Principal;
  ofWho(who: Who): Principal;
};

export function createPrincipals(
  { serviceAccounts, providers }: Pick<GcpEstate, 'serviceAccounts' | 'providers'>,
  { hierarchy, coverage }: { hierarchy: Hierarchy; coverage: Coverage },
): Principals {
  const accounts = new Map(serviceAccounts.map((one) => [one.email.toLowerCase(), one]));
  const open = providers.filter(({ disabled }) => !disabled);
  const pools = Map.groupBy(open, ({ name }) => hierarchy.canonical(name.split('/providers/', 1)[0]!));
  const named = (text: string) => {
    const who = canonicalWho(parseWho(text), hierarchy);
    const own = who.type === 'workload' ? pools.get(who.pool) : undefined;
    if (who.type !== 'workload' || own === undefined) return who;
    // Another provider of the pool, that was not read, could make the same subject.
    if (coverage.gap(projectOfPool(who.pool, hierarchy), 'workload-identity-providers') !== null) return who;
    return { ...who, attributes: attributesOfSubject(own, who.subject) };
  };
  const of = memoized((text) => principalOf(named(text), accounts, hierarchy));
  return {
    of,
    ofWho: (who) => principalOf(who, accounts, hierarchy),
  };
}

function principalOf(
  given: Who,
  accounts: ReadonlyMap<string, GcpServiceAccount>,
  hierarchy: Hierarchy,
): Principal {
  const who = canonicalWho(given, hierarchy);
  const account = who.type === 'service-account' ? (accounts.get(who.email) ?? null) : null;
  const id = `gcp:${nameOf(who, hierarchy)}`;
  return {
    who,
    id,
    key: who.type === 'workload' ? JSON.stringify([id, ...who.attributes.values, who.attributes.all]) : id,
    object: objectOf(who),
    home: homeOf(who, account, hierarchy),
    account,
  };
}

/** Pools are compared by the id of their project, where the estate knows it. */
function canonicalWho(who: Who, hierarchy: Hierarchy): Who {
  return who.type === 'workload' ? { ...who, pool: hierarchy.canonical(who.pool) } : who;
}

function homeOf(who: Who, account: GcpServiceAccount | null, hierarchy: Hierarchy): string | null {
  if (who.type === 'workload') return projectOfPool(who.pool, hierarchy);
  if (who.type !== 'service-account') return null;
  const named = account === null ? projectOfAccount(who.email) : `projects/${account.project}`;
  return named === null ? null : hierarchy.canonical(named);
}

export function projectOfPool(pool: string, hierarchy: Hierarchy): string {
  const id =
    pool.endsWith('.svc.id.goog') && !pool.includes('/') ? pool.slice(0, -'.svc.id.goog'.length) : null;
  return hierarchy.canonical(id === null ? pool.split('/', 2).join('/') : `projects/${id}`);
}

/** The direct form carries the project's number; where only its id is known, the classic form names the same. */
function nameOf(who: Who, hierarchy: Hierarchy): string {
  if (who.type === 'unknown') return who.text;
  if (who.type !== 'workload') return who.email;
  const number = hierarchy.numberOf(projectOfPool(who.pool, hierarchy));
  const { subject } = who;
  if (who.pool.includes('/')) {
    const pool = number === null ? who.pool : who.pool.replace(/^projects\/[^/]+/, `projects/${number}`);
    return `principal://iam.googleapis.com/${pool}/subject/${subject}`;
  }
  if (number === null) return classicName(who.pool, subject);
  return `principal://iam.googleapis.com/projects/${number}/locations/global/workloadIdentityPools/${who.pool}/subject/${subject}`;
}

function classicName(pool: string, subject: string): string {
  const [, namespace, , account] = subject.split('/', 4);
  return `serviceAccount:${pool}[${namespace}/${account}]`;
}

function objectOf(who: Who): string {
  if (who.type === 'service-account') return `Service account ${who.email}`;
  if (who.type === 'user') return `User ${who.email}`;
  if (who.type === 'unknown') return `Principal ${who.text}`;
  return `Workload identity ${who.subject} of pool ${who.pool.split('/').at(-1)}`;
}

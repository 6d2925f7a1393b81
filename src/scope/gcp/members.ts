/** Who a member of a policy means. Sets are found by key, so that a principal costs its own bindings and not all. */
import { type Member, parseMember } from '../../match/gcp/principal.ts';
import { known, type Ternary } from '../../match/ternary.ts';
import type { Hierarchy } from './hierarchy.ts';
import type { Principal } from './principal.ts';

export type Match = {
  match: Ternary;
  /** What it takes, where the match is unknown. */
  words: string | null;
  /** By a set or a group and not by its own name. */
  wide: boolean;
};

export function canonicalMember(text: string, hierarchy: Hierarchy): Member {
  const member = parseMember(text);
  if ('node' in member) return { ...member, node: hierarchy.canonical(member.node) };
  return 'pool' in member ? { ...member, pool: hierarchy.canonical(member.pool) } : member;
}

/** Groups, domains and what is not known: they may mean many, and none for certain but users. */
export const VAGUE = 'vague';

/** Under which keys a member is indexed; none: nobody. */
export function memberKeys(member: Member): readonly string[] {
  if (member.kind === 'deleted') return [];
  if (member.kind !== 'subject') return [memberKey(member)];
  // The second for principals of which only part of the subject is known.
  return [`subject:${member.pool}:${member.subject}`, `subjects:${member.pool}`];
}

const VAGUE_KINDS: ReadonlySet<Member['kind']> = new Set(['group', 'domain', 'customer', 'unknown'] as const);

export function isVague({ kind }: Member): boolean {
  return VAGUE_KINDS.has(kind);
}

function memberKey(member: Member): string {
  switch (member.kind) {
    case 'service-account':
    case 'user':
      return `${member.kind}:${member.name}`;
    case 'all':
    case 'authenticated':
    case 'convenience':
      return member.kind;
    case 'accounts-of':
    case 'agents-of':
    case 'identities-of':
      return `${member.kind}:${member.node}`;
    case 'pool':
    case 'attribute':
      return `${member.kind}:${member.pool}`;
    default:
      return VAGUE;
  }
}

/** Every key under which members that may mean the principal are found, `vague` ones aside. */
export function keysOf({ who, home }: Principal, hierarchy: Hierarchy): string[] {
  const keys = ['all', 'authenticated', 'convenience'];
  const { names } = home === null ? { names: [] } : hierarchy.ancestry(home);
  const nodes = names.flatMap((node) => [
    `accounts-of:${node}`,
    `agents-of:${node}`,
    `identities-of:${node}`,
  ]);
  if (who.type === 'service-account' || who.type === 'user')
    return [...keys, `${who.type}:${who.email}`, ...nodes];
  if (who.type === 'unknown') return keys;
  return [
    ...keys,
    who.subject.includes('*') ? `subjects:${who.pool}` : `subject:${who.pool}:${who.subject}`,
    `pool:${who.pool}`,
    `attribute:${who.pool}`,
    ...nodes,
  ];
}

const NO: Match = { match: 'no', words: null, wide: false };
const NAMED: Match = { match: 'yes', words: null, wide: false };

function wide(match: Ternary, words: string | null = null): Match {
  return { match, words: match === 'unknown' ? words : null, wide: true };
}

/** `holds`: whether the principal holds a basic role on a project, for convenience members. */
export function matchMember(
  principal: Principal,
  member: Member,
  hierarchy: Hierarchy,
  holds: (role: string, node: string) => Ternary,
): Match {
  const { who } = principal;
  switch (member.kind) {
    case 'deleted':
      return NO;
    case 'all':
      return wide('yes');
    case 'authenticated':
      // Identities of other providers are not among them.
      return who.type === 'unknown'
        ? wide('unknown', 'the principal has a Google account')
        : wide(known(who.type !== 'workload'));
    case 'service-account':
    case 'user':
      return who.type === member.kind && who.email === member.name ? NAMED : NO;
    case 'convenience':
      return wide(holds(member.role, member.node), `it holds ${member.role} on ${member.node}`);
    case 'accounts-of':
    case 'agents-of':
    case 'identities-of':
      return nodeMember(principal, member, hierarchy);
    case 'subject':
    case 'pool':
    case 'attribute':
      return poolMember(principal, member);
    default:
      return groupMember(principal, member);
  }
}

/** Made by Google, in projects of its own: no listing of the user's has them. */
export const AGENT = /^service-\d|@gcp-sa-|@gcp-gae-|@cloudservices\.gserviceaccount\.com$/;

function nodeMember(
  { who, home }: Principal,
  { kind, node }: Extract<Member, { node: string }>,
  hierarchy: Hierarchy,
): Match {
  // Whose accounts the users of an organization are is not read; a project has none.
  const open = who.type === 'unknown' || (who.type === 'user' && kind === 'identities-of');
  if (open) return wide('unknown', `it is an identity of ${node}`);
  if (who.type !== 'service-account' && kind !== 'identities-of') return NO;
  const agent = who.type === 'service-account' && AGENT.test(who.email);
  if (kind === 'agents-of' ? !agent : agent && kind === 'accounts-of') return NO;
  const inside = home === null ? 'unknown' : hierarchy.isIn(home, node);
  return wide(inside, `its project lies in ${node}`);
}

function poolMember({ who }: Principal, member: Extract<Member, { pool: string }>): Match {
  if (who.type !== 'workload' || who.pool !== member.pool) return NO;
  if (member.kind === 'pool') return wide('yes');
  if (member.kind === 'subject') {
    if (!who.subject.includes('*')) return member.subject === who.subject ? NAMED : NO;
    if (!mayBe(who.subject, member.subject)) return NO;
    return { ...NAMED, match: 'unknown', words: `its subject is ${member.subject}` };
  }
  const { values, all } = who.attributes;
  const value = values.get(member.name) ?? null;
  if (value !== null) return wide(known(value === member.value));
  return all && !values.has(member.name) ? NO : wide('unknown', `its ${member.name} is ${member.value}`);
}

/** What stands before the first and after the last unknown part is known. */
function mayBe(pattern: string, subject: string): boolean {
  const [before, after] = [
    pattern.slice(0, pattern.indexOf('*')),
    pattern.slice(pattern.lastIndexOf('*') + 1),
  ];
  const long = subject.length >= before.length + after.length;
  return long && subject.startsWith(before) && subject.endsWith(after);
}

/** https://cloud.google.com/iam/docs/principals-overview: groups and domains have Google accounts and service accounts. */
function groupMember({ who }: Principal, member: Member): Match {
  if (member.kind === 'unknown') return wide('unknown', `${member.text.slice(0, 200)} means it`);
  if (who.type === 'workload') return NO;
  if (member.kind === 'domain' && who.type === 'user')
    return wide(known(who.email.endsWith(`@${member.name}`)));
  const name = 'name' in member ? member.name : '';
  return wide(
    'unknown',
    `it is a member of ${member.kind === 'customer' ? 'customer' : member.kind} ${name}`,
  );
}

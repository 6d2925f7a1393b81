/** Bindings by the principals that they mean. */
import type { Member } from '../../match/gcp/principal.ts';
import { any, type Ternary } from '../../match/ternary.ts';
import type { GcpBinding, GcpEstate } from '../../model/gcp.ts';
import type { Coverage } from './coverage.ts';
import type { Hierarchy } from './hierarchy.ts';
import { canonicalMember, keysOf, type Match, matchMember, memberKeys, VAGUE } from './members.ts';
import { memory } from './memory.ts';
import type { Principal } from './principal.ts';

export type Entry = {
  resource: string;
  binding: GcpBinding;
  member: Member;
  /** As written. */
  text: string;
  /** `bindings[3].members[1]` */
  field: string;
};
export type Grant = Entry & { match: Match };
export type Grants = {
  /** Certain ones, and ones of sets that the principal is in or may be in; groups aside. */
  of(principal: Principal): readonly Grant[];
  /** Of groups, domains and unknown members, by role, where the policy of the resource has any. */
  vagueOn(resource: string): ReadonlyMap<string, readonly Entry[]>;
  /** All vague entries, first to last. */
  vague(): readonly Entry[];
  /** Vague members that may mean the principal, each once, with the first entry of each. */
  vagueMembers(principal: Principal): readonly Entry[];
  match(principal: Principal, entry: Entry): Match;
};

export function createGrants(estate: GcpEstate, hierarchy: Hierarchy, coverage: Coverage): Grants {
  const index = indexMembers(estate, hierarchy);
  const vague = index.get(VAGUE) ?? [];
  const byResource = groupVague(vague);
  const found = memory<readonly Grant[]>();
  const holds = (principal: Principal) => (role: string, node: string) =>
    holdsBasic(principal, { role, node }, index, { hierarchy, coverage });
  const match = (principal: Principal, { member }: Entry) =>
    matchMember(principal, member, hierarchy, holds(principal));
  return {
    of: (principal) =>
      found(principal.key, () =>
        entriesOf(principal, index, hierarchy)
          .map((entry) => ({ ...entry, match: match(principal, entry) }))
          .filter((grant) => grant.match.match !== 'no')
          .concat(principal.extra ?? []),
      ),
    vagueOn: (resource) => byResource.get(resource) ?? new Map(),
    vague: () => vague,
    vagueMembers: vagueMembers(vague, match),
    match,
  };
}

/** What groups mean depends on a principal's type alone, but for users, whose domain is known. */
function vagueMembers(
  vague: readonly Entry[],
  match: Grants['match'],
): (principal: Principal) => readonly Entry[] {
  const byText = [...new Map(vague.toReversed().map((entry) => [entry.text, entry])).values()].toReversed();
  const made = new Map<string, readonly Entry[]>();
  return (principal) => {
    const { type } = principal.who;
    const ready = type === 'user' ? undefined : made.get(type);
    if (ready) return ready;
    const members = byText.filter((entry) => match(principal, entry).match !== 'no');
    made.set(type, members);
    return members;
  };
}

type Index = ReadonlyMap<string, readonly Entry[]>;

function indexMembers({ policies }: GcpEstate, hierarchy: Hierarchy): Index {
  const index = new Map<string, Entry[]>();
  for (const policy of policies) {
    const resource = hierarchy.canonical(policy.resource);
    for (const binding of policy.bindings)
      binding.members.forEach((text, position) => {
        const member = canonicalMember(text, hierarchy);
        const entry = { resource, binding, member, text, field: `${binding.field}.members[${position}]` };
        for (const key of memberKeys(member)) {
          const entries = index.get(key);
          if (entries) entries.push(entry);
          else index.set(key, [entry]);
        }
      });
  }
  return index;
}

function groupVague(entries: readonly Entry[]): ReadonlyMap<string, ReadonlyMap<string, readonly Entry[]>> {
  const resources = Map.groupBy(entries, ({ resource }) => resource);
  return new Map(
    [...resources].map(([resource, own]) => [resource, Map.groupBy(own, ({ binding }) => binding.role)]),
  );
}

function entriesOf(principal: Principal, index: Index, hierarchy: Hierarchy): readonly Entry[] {
  return keysOf(principal, hierarchy).flatMap((key) => index.get(key) ?? []);
}

/** Convenience members mean whoever holds the basic role in the project's own policy. */
function holdsBasic(
  principal: Principal,
  wanted: { role: string; node: string },
  index: Index,
  { hierarchy, coverage }: { hierarchy: Hierarchy; coverage: Coverage },
): Ternary {
  const entries = [...entriesOf(principal, index, hierarchy), ...(index.get(VAGUE) ?? [])].filter(
    ({ resource, binding, member }) =>
      resource === wanted.node && binding.role === wanted.role && member.kind !== 'convenience',
  );
  const held = any(entries, ({ member, binding }) => {
    const { match } = matchMember(principal, member, hierarchy, () => 'unknown');
    return match === 'yes' && binding.condition !== null ? 'unknown' : match;
  });
  return held === 'no' && coverage.gap(wanted.node, 'iam-policy') !== null ? 'unknown' : held;
}

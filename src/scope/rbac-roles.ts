/** What a role really grants, with the way each rule got there: aggregation unions the rules of labelled roles. */
import { selectorMatches } from '../match/selector.ts';
import type { Hop } from '../model/configured.ts';
import type { LabelSelector, PolicyRule, Role } from '../model/kubernetes.ts';
import { describeSelector, refName } from './describe.ts';

export type GrantedRule = { rule: PolicyRule; hops: readonly Hop[] };
export type RoleIndex = {
  /** `ClusterRole name` or `Role namespace/name`. */
  find(kind: 'Role' | 'ClusterRole', namespace: string | null, name: string): Role | null;
  rulesOf(role: Role): readonly GrantedRule[];
};

export function indexRoles(roles: readonly Role[]): RoleIndex {
  const byName = new Map(roles.map((role) => [refName(role.ref), role]));
  const labelled = indexLabels(roles.filter((role) => role.ref.kind === 'ClusterRole'));
  const granted = new Map<Role, readonly GrantedRule[]>();
  return {
    find: (kind, namespace, name) =>
      byName.get(kind === 'ClusterRole' ? `ClusterRole ${name}` : `Role ${namespace}/${name}`) ?? null,
    rulesOf(role) {
      const known = granted.get(role);
      if (known) return known;
      const rules = role.aggregation.length > 0 ? aggregated(role, labelled) : ownRules(role);
      granted.set(role, rules);
      return rules;
    },
  };
}

function ownRules(role: Role): GrantedRule[] {
  return role.rules.map((rule, index) => ({
    rule,
    hops: [{ ...hopOf(role), field: `rules[${index}]`, why: 'grants it' }],
  }));
}

/** Which ClusterRoles a selector may select: those with its first label, or all where it names none. */
type LabelledRoles = (selector: LabelSelector) => readonly Role[];

function indexLabels(clusterRoles: readonly Role[]): LabelledRoles {
  const byLabel = new Map<string, Role[]>();
  for (const role of clusterRoles)
    for (const [key, value] of Object.entries(role.labels)) {
      const known = byLabel.get(`${key}=${value}`);
      if (known) known.push(role);
      else byLabel.set(`${key}=${value}`, [role]);
    }
  return ({ matchLabels }) => {
    const [first] = Object.entries(matchLabels);
    return first ? (byLabel.get(`${first[0]}=${first[1]}`) ?? []) : clusterRoles;
  };
}

/**
 * An aggregated role that the API server gave carries the union in its own rules; a manifest's own rules are
 * overwritten by the controller and never count, unless none of its sources was given, when they are all that is
 * known of it.
 */
function aggregated(role: Role, labelled: LabelledRoles): GrantedRule[] {
  const union = new Map<string, GrantedRule>();
  for (const source of sourcesOf(role, labelled)) {
    source.role.rules.forEach((rule, index) => {
      const key = JSON.stringify(rule);
      const last: Hop = {
        ...hopOf(source.role),
        field: `rules[${index}]`,
        why: 'grants it',
        inherited: true,
      };
      if (!union.has(key)) union.set(key, { rule, hops: [...source.via, last] });
    });
  }
  if (union.size === 0) return ownRules(role);
  if (role.ref.location !== null && !role.served) return [...union.values()];
  return ownRules(role).map((own) => union.get(JSON.stringify(own.rule)) ?? own);
}

type Source = { role: Role; via: readonly Hop[] };

/** Every plain role that the aggregation reaches, each once, however its selectors circle. */
function sourcesOf(start: Role, labelled: LabelledRoles): Source[] {
  const seen = new Set([start]);
  const found: Source[] = [];
  const queue: Source[] = [{ role: start, via: [] }];
  for (const { role, via } of queue) {
    role.aggregation.forEach((selector, index) => {
      const hop = {
        ...hopOf(role),
        field: `aggregationRule.clusterRoleSelectors[${index}]`,
        why: `is widened by every ClusterRole labelled ${describeSelector(selector)}`,
        inherited: true,
      };
      for (const candidate of labelled(selector)) {
        if (seen.has(candidate) || selectorMatches(selector, candidate.labels) !== 'yes') continue;
        seen.add(candidate);
        const source = { role: candidate, via: [...via, hop] };
        (candidate.aggregation.length > 0 ? queue : found).push(source);
      }
    });
  }
  return found;
}

function hopOf(role: Role): Pick<Hop, 'object' | 'ref' | 'inherited'> {
  return { object: refName(role.ref), ref: role.ref, inherited: false };
}

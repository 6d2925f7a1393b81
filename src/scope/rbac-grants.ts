/** Which abilities of a mechanism the permissions of one subject amount to, and where. */
import { ruleCovers } from '../match/kubernetes-rule.ts';
import type { Capability } from '../model/configured.ts';
import type { PolicyRule } from '../model/kubernetes.ts';
import { type Ability, MECHANISMS, type Mechanism } from './rbac-mechanisms.ts';

/** `scope` null: the whole cluster. `names` null: every object. */
export type Grant = { scope: string | null; names: readonly string[] | null; capability: Capability };
/** A mechanism that works in a scope; `used`: one grant for each of its needs. */
export type Reach = { scope: string | null; names: readonly string[] | null; used: readonly Grant[] };

const ABILITIES: readonly Ability[] = [...new Set(MECHANISMS.flatMap(({ needs }) => needs.flat()))];
export type Grants = ReadonlyMap<Ability, readonly Grant[]>;
/** Rules are shared by all whom a group or a role reaches, and most of them grant none of it. */
export type RuleCache = WeakMap<PolicyRule, readonly Ability[]>;

export function grantsOf(capabilities: readonly Capability[], cache: RuleCache): Grants {
  const grants = new Map<Ability, Grant[]>();
  for (const capability of capabilities) {
    if (capability.effect !== 'allow') continue;
    for (const pattern of capability.allow) {
      if (pattern.type !== 'kubernetes') continue;
      for (const ability of abilitiesOf(pattern.rule, cache)) {
        if (ability.wide && pattern.namespace !== null) continue;
        const grant = { scope: pattern.namespace, names: namesOf(pattern.rule), capability };
        const known = grants.get(ability);
        if (known) known.push(grant);
        else grants.set(ability, [grant]);
      }
    }
  }
  return grants;
}

function abilitiesOf(rule: PolicyRule, cache: RuleCache): readonly Ability[] {
  const known = cache.get(rule);
  if (known) return known;
  const abilities = ABILITIES.filter((one) => gives(rule, one));
  cache.set(rule, abilities);
  return abilities;
}

function gives(rule: PolicyRule, ability: Ability): boolean {
  const names = namesOf(rule);
  if (names && ability.names && !ability.names.some((one) => names.includes(one))) return false;
  return ability.verbs.some((verb) => !(names && nameless(verb, ability)) && covers(rule, verb, ability));
}

/** What is created has no name yet, so a rule that names objects never allows it. */
function nameless(verb: string, { subresource }: Ability): boolean {
  return verb === 'create' && subresource === null;
}

/** Which keys of userextras there are is open. */
function covers(rule: PolicyRule, verb: string, ability: Ability): boolean {
  if (ability.subresource !== '*') return ruleCovers(rule, { ...ability, verb });
  const keys = rule.resources.flatMap((one) => (one.startsWith(`${ability.resource}/`) ? one : []));
  return ['*', ...keys].some(
    (one) => rule.resources.includes(one) && ruleCovers({ ...rule, resources: ['*'] }, { ...ability, verb }),
  );
}

function namesOf({ resourceNames }: PolicyRule): readonly string[] | null {
  return resourceNames.length > 0 ? resourceNames : null;
}

/** Where a mechanism works; only once where it works in the whole cluster for every object. */
export function reachesOf({ needs }: Mechanism, grants: Grants): Reach[] {
  const candidates = needs.map((abilities) => abilities.flatMap((one) => grants.get(one) ?? []));
  if (candidates.some((one) => one.length === 0)) return [];
  const everywhere = reachIn(null, needs, grants);
  if (everywhere?.names === null) return [everywhere];
  const scopes = new Set(candidates.flat().map(({ scope }) => scope));
  scopes.delete(null);
  const within = [...scopes].flatMap((scope) => reachIn(scope, needs, grants) ?? []);
  return everywhere ? [everywhere, ...within.filter(({ used }) => used[0]!.scope !== null)] : within;
}

function reachIn(scope: string | null, needs: Mechanism['needs'], grants: Grants): Reach | null {
  const used: Grant[] = [];
  let names: readonly string[] | null = null;
  for (const [index, abilities] of needs.entries()) {
    const usable = abilities.flatMap((one) =>
      (grants.get(one) ?? []).filter(
        (grant) => grant.scope === null || grant.scope === scope || apart(needs, one),
      ),
    );
    const best = usable.find((one) => one.names === null) ?? usable[0];
    if (!best) return null;
    if (index === 0 && best.names !== null) names = [...new Set(usable.flatMap((one) => one.names ?? []))];
    used.push(best);
  }
  return { scope, names, used };
}

/** Who may say something of the whole cluster's needs the rest anywhere: `impersonate groups` with any ServiceAccount. */
function apart(needs: Mechanism['needs'], ability: Ability): boolean {
  return needs.length > 1 && needs[0]!.every(({ wide }) => wide) && !needs[0]!.includes(ability);
}

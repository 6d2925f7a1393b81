/**
 * More that principals give themselves: roles, where they may set an allow policy, and permissions of a custom role that
 * they hold and may change. Deny policies and access boundaries hold on.
 * https://cloud.google.com/iam/docs/best-practices-for-privilege-escalation (setIamPolicy, iam.roles.update)
 */
import { GCP_IDENTITY_ROLES } from '../../catalog/gcp-identity-roles.ts';
import type { IdentityEdge } from '../../model/configured.ts';
import type { Answer } from '../../model/query.ts';
import { decideOn } from './decide-on.ts';
import type { Grant } from './grants.ts';
import { opened } from './impersonation.ts';
import type { Principal } from './principal.ts';
import { anyRole } from './roles.ts';
import type { World } from './world.ts';

type Way = { by: string; answer: Answer; grant: Grant };
/** Edges to what it makes of itself, and as whom it is then had. */
export type Gained = { edge: IdentityEdge; principal: Principal };

const SETS = /^(.+)\.[^.]+\.setIamPolicy$/;
const CHANGES_ROLE = 'iam.roles.update';
/** Of one principal. */
const MAX_WAYS = 50;

/** What is certain is one; of the rest each is one. */
export function gainsOf(world: World, principal: Principal): Gained[] {
  if (principal.extra || principal.who.type === 'unknown' || principal.account?.disabled) return [];
  const ways = [...waysOf(world, principal)];
  const sure = ways.filter(({ answer }) => answer.verdict === 'allow');
  const open = ways.filter(({ answer }) => answer.verdict === 'conditional');
  const sets = [...(sure.length > 0 ? [sure] : []), ...open.map((one) => [one])];
  return sets.map((set) => gained(principal, set));
}

function gained(principal: Principal, ways: readonly Way[]): Gained {
  const first = ways[0]!;
  const grants = ways.map(({ grant }) => grant);
  const into = `with ${grants.map(({ binding, resource }) => `${binding.role} on ${resource}`).join(', ')}`;
  const edge = {
    ...{ from: principal.id, to: principal.id, by: first.by, into, gains: into },
    ...{ path: first.answer.path, conditions: first.answer.conditions },
    effect: first.answer.verdict === 'allow' ? ('allow' as const) : ('conditional' as const),
  };
  return { edge, principal: { ...principal, key: `${principal.key} ${into}`, extra: grants } };
}

function* waysOf(world: World, principal: Principal): Generator<Way> {
  const seen = new Set<string>();
  for (const grant of world.grants.of(principal))
    for (const { permission, gives, asked } of changesOf(world, grant)) {
      const key = `${gives} ${grant.resource}`;
      if (seen.has(key) || seen.size >= MAX_WAYS) continue;
      const answer = opened(decideOn(world, { principal, permission, resource: asked, context: {} }));
      if (answer.verdict !== 'allow' && answer.verdict !== 'conditional') continue;
      seen.add(key);
      yield { by: permission, answer, grant: anyGrant(grant.resource, gives, permission, grant) };
    }
  yield* roleWays(world, principal);
}

/** Permissions of a role that set policies where it is granted; those of accounts make it these accounts instead. */
function* changesOf({ roles }: World, { binding, resource }: Grant) {
  const permissions = roles.permissions(binding.role) ?? [...(GCP_IDENTITY_ROLES.get(binding.role) ?? [])];
  for (const permission of permissions) {
    const service = SETS.exec(permission)?.[1];
    if (service === undefined || service === 'iam' || !isOn(permission, resource)) continue;
    const gives = anyRole(service === 'resourcemanager' ? null : service);
    yield { permission, gives, asked: resource };
  }
}

/** Policies of projects, folders and organizations are set from there or from above. */
function isOn(permission: string, resource: string): boolean {
  if (!permission.startsWith('resourcemanager.')) return true;
  const [kind = '', , below] = resource.split('/');
  const levels = ['projects', 'folders', 'organizations'];
  return below === undefined && levels.indexOf(permission.split('.')[1]!) <= levels.indexOf(kind);
}

/** A custom role that it holds may have any permission, wherever the role is granted. */
function* roleWays(world: World, principal: Principal): Generator<Way> {
  const held = world.grants
    .of(principal)
    .filter(({ binding }) => /^(projects|organizations)\//.test(binding.role));
  for (const grant of held.slice(0, MAX_WAYS)) {
    const { role, condition } = grant.binding;
    const asked = { principal, permission: CHANGES_ROLE, resource: role, context: {} };
    const answer = opened(decideOn(world, asked));
    if (answer.verdict !== 'allow' && answer.verdict !== 'conditional') continue;
    const made = anyGrant(grant.resource, anyRole(null), CHANGES_ROLE, grant);
    yield {
      by: CHANGES_ROLE,
      answer,
      grant: { ...made, match: grant.match, binding: { ...made.binding, condition } },
    };
  }
}

function anyGrant(resource: string, role: string, by: string, { member, text }: Grant): Grant {
  const binding = { role, members: [text], condition: null, field: `bindings, by ${by}` };
  const match = { match: 'yes', words: null, wide: false } as const;
  return { resource, binding, member, text, field: binding.field, match };
}

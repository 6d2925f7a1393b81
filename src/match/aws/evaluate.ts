/**
 * The documented order of evaluation (IAM User Guide, "Policy evaluation logic"): an explicit deny anywhere; resource and
 * service control policies at each level; then what grants, limited by boundary and session policy. Within an account
 * identity or resource policy is enough, across accounts both have to allow; keys and roles are reached only through
 * their own policy, which names the caller or leaves it to the account.
 */
import { opensToOthers } from './cross-account.ts';
import {
  type Deny,
  denyGap,
  type Layer,
  layerSides,
  NO_DENY,
  type ResourceSides,
  resourceSides,
} from './layer.ts';
import { allOf, anyOf, GRANTED, type Need, type Outcome, refused, restsOnUnread, unread } from './outcome.ts';
import type { Found, Policy } from './policy.ts';
import { specialOutcome, tokenFor } from './services.ts';
import type { Request } from './statement.ts';

export type ResourceLayer = {
  /** `the bucket policy of arn:…` */
  name: string;
  /** Null: there is none, or it was not read. */
  policy: Policy | null;
  /** `the bucket policy of …, which was not read`; null: it is known. */
  unread: string | null;
  /** Whether such a policy leaves it to its account, unless somebody wrote another one, as those of keys. */
  delegates: boolean;
  /** Whether nobody gets in but through this policy, whatever their own ones say. */
  required: boolean;
  /** Whether the resource is of another account than the caller. */
  foreign: boolean;
};
export type Layers = {
  /** Null: the account's root user, who needs none. */
  identity: Layer | null;
  boundary: Layer | null;
  session: Layer | null;
  /** One per level, root first; none for the management account and service-linked roles. */
  serviceControl: readonly Layer[];
  resourceControl: readonly Layer[];
  /** What of the organization was not read, in words; null: nothing. */
  organizationGap: string | null;
  resource: ResourceLayer;
};
export type Decision = {
  verdict: 'allow' | 'deny' | 'conditional' | 'cannot-tell';
  /** Explicit deny that decided. */
  denied: Found | null;
  by: readonly Found[];
  needs: readonly Need[];
  why: string;
};

export function evaluate(layers: Layers, request: Request): Decision {
  const special = specialOutcome(request.action, request.resource);
  if (special) return decided(special);
  const denies: Deny[] = [];
  const ask = (layer: Layer | null, grants: boolean): Outcome => {
    if (layer === null) return GRANTED;
    const sides = layerSides(layer, request, grants);
    denies.push(sides.deny);
    return sides.allow;
  };
  const own = ask(layers.identity, true);
  const limits = allOf([ask(layers.boundary, false), ask(layers.session, false)]);
  const levels = layers.serviceControl.map((level) => ask(level, false));
  // RCPFullAWSAccess is attached everywhere and cannot be taken away: their denies alone count.
  for (const level of layers.resourceControl) ask(level, false);
  const resource = askResource(layers.resource, request);
  denies.push(resource.deny);
  const grant = grantOf(layers.resource, resource, own, limits, request);
  return conclude(layers, denies, levels, grant);
}

function conclude(
  layers: Layers,
  denies: readonly Deny[],
  levels: readonly Outcome[],
  grant: Outcome,
): Decision {
  const denied = denies.find((deny) => deny.found !== null)?.found ?? null;
  if (denied) return { verdict: 'deny', denied, by: [], needs: [], why: '' };
  const gap = layers.organizationGap === null ? GRANTED : unread(layers.organizationGap, false);
  const open = denies.flatMap((deny) => deny.open);
  const silent: Outcome = open.length === 0 ? GRANTED : { ...GRANTED, value: 'unknown', needs: open };
  return decided(allOf([...levels, grant, silent, gap]));
}

function decided({ value, by, needs, why }: Outcome): Decision {
  if (value === 'no') return { verdict: 'deny', denied: null, by: [], needs: [], why };
  if (value === 'yes') return { verdict: 'allow', denied: null, by, needs: [], why: '' };
  return { verdict: restsOnUnread(needs) ? 'cannot-tell' : 'conditional', denied: null, by, needs, why: '' };
}

function askResource(layer: ResourceLayer, request: Request): ResourceSides {
  const none = refused(`nothing in ${layer.name} allows it`);
  const sides =
    layer.policy === null
      ? { direct: none, role: none, account: none, deny: NO_DENY }
      : resourceSides(layer.policy, request, layer.name);
  if (layer.unread === null) return sides;
  const gap = layer.delegates
    ? { account: anyOf([sides.account, unread(`${layer.unread}, leaves it to its account`, false)]) }
    : { direct: anyOf([sides.direct, unread(`${layer.unread}, allows it`, true)]) };
  return {
    ...sides,
    ...gap,
    deny: { ...sides.deny, open: [...sides.deny.open, denyGap(layer.unread)] },
  };
}

/** What grants. Within an account a grant to the session, the user or everybody is limited by nothing of the caller's. */
function grantOf(
  layer: ResourceLayer,
  { direct, role, account }: ResourceSides,
  own: Outcome,
  limits: Outcome,
  { caller, action }: Request,
): Outcome {
  if (caller.account === null)
    return caller.type === 'anonymous' ? allOf([direct, tokenFor(action)]) : direct;
  if (layer.foreign && !opensToOthers(action)) return refused(`${action} is never open to other accounts`);
  if (layer.foreign) return allOf([own, anyOf([direct, role, account]), limits]);
  const left = allOf([own, account]);
  const through = layer.required ? anyOf([role, left], left) : anyOf([own, role]);
  const limited = allOf([through, limits]);
  return anyOf([direct, limited], limited);
}

/**
 * More that principals give themselves, or one another: policies of their own making, groups, and their boundary taken
 * away. What is then had is the same principal with other layers; organizations, denies elsewhere and the policies of
 * resources hold on.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_controlling.html#access_controlling-permissions-policies,
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 */
import type { IdentityEdge } from '../../model/configured.ts';
import { allOf, type EdgeWorld, edge } from './edges-assume.ts';
import { layerOf, type Own, ownLayers } from './layers.ts';
import { findPrincipal } from './principals.ts';
import { ANY_POLICY, boundaryWay, mayChange, policyWays, type Way } from './ways-to-policies.ts';

type Gain = { into: string; to: Own; edge: IdentityEdge };
/** `known`: whom it becomes for certain as it is now. */
type Changed = { own: Own; known: ReadonlySet<string> };
export type Changes = {
  /** `session`: as an edge led into it. */
  get(arn: string, session: string): Changed | null;
  /** Edges to what it makes of itself and others, which are then known. `session`: by which it is had. */
  from(own: Own | null, edges: readonly IdentityEdge[], session?: string): IdentityEdge[];
};
/** Makes the answers of one way the answer of the whole: what led there first. */
type Before = { by: string; edge: IdentityEdge | null };

const ITSELF: Before = { by: '', edge: null };
/** Others whose policies are asked about, of those that it becomes. */
const MAX_OTHERS = 100;

export function changes(world: EdgeWorld): Changes {
  const known = new Map<string, Changed>();
  return {
    get: (arn, session) => known.get(`${arn} ${session}`) ?? null,
    from(own, edges, session) {
      if (own === null) return [];
      const certain = new Set(edges.filter(({ effect }) => effect === 'allow').map(({ to }) => to));
      return gainsOf(world, own, edges).map(({ into: what, to, edge: made }) => {
        const itself = made.to === own.principal.id;
        const into = itself && session !== undefined ? `${session}, ${what}` : what;
        const key = `${to.principal.arn} ${into}`;
        if (!known.has(key)) known.set(key, { own: to, known: itself ? certain : new Set() });
        return { ...made, into };
      });
    },
  };
}

/** `edges`: whom it becomes in one step, and may then be the one to say what they may. */
function gainsOf(world: EdgeWorld, own: Own, edges: readonly IdentityEdge[]): Gain[] {
  if (own.principal.holder === null || isServiceLinked(own) || !mayChange(own)) return [];
  const found = gainsFor(world, own, own, ITSELF);
  for (const one of edges.slice(0, MAX_OTHERS)) {
    if (found.some(isAnything)) break;
    found.push(...ofAnother(world, own, one));
  }
  return found;
}

/** Whatever an account allows is had once, however many of its principals may be changed. */
function isAnything({ edge: { effect }, to }: Gain): boolean {
  return (
    effect === 'allow' && to.boundary === null && to.attachments.some(({ policy }) => policy === ANY_POLICY)
  );
}

/** AWS alone changes roles that are linked to a service. */
function isServiceLinked({ principal: { holder } }: Own): boolean {
  return holder !== null && 'path' in holder && holder.path.startsWith('/aws-service-role/');
}

function ofAnother(world: EdgeWorld, own: Own, before: IdentityEdge): Gain[] {
  const found = findPrincipal(world.index, before.to);
  if (found?.holder == null || found.caller.account !== own.principal.caller.account) return [];
  const other = ownLayers(world, found, null);
  return isServiceLinked(other) ? [] : gainsFor(world, own, other, { by: `${before.by} + `, edge: before });
}

/** Each way to policies, and from there the boundary; or the boundary first, where it is what stands against them. */
function gainsFor(world: EdgeWorld, own: Own, target: Own, before: Before): Gain[] {
  const first = policyWays(world, own, target).map((way) => gain(own, target, way, before));
  const self = own === target;
  const then = first.flatMap((one) => (one ? [one, ...unbound(world, self ? one.to : own, one)] : []));
  if (then.length > 0) return then;
  const way = boundaryWay(world, own, target);
  const free = way && gain(own, target, way, before);
  if (!free) return [];
  const more = self ? policyWays(world, free.to, free.to) : [];
  return [
    free,
    ...more.flatMap(
      (one) => gain(own, free.to, one, { by: `${free.edge.by} + `, edge: free.edge }, free.into) ?? [],
    ),
  ];
}

function unbound(world: EdgeWorld, asks: Own, { to, edge: before, into }: Gain): Gain[] {
  const way = boundaryWay(world, asks, to);
  const made = way && gain(to, to, way, { by: `${before.by} + `, edge: before }, into);
  return made ? [{ ...made, edge: { ...made.edge, from: before.from } }] : [];
}

/** Null: denied after all. */
function gain(own: Own, target: Own, way: Way, { by, edge: before }: Before, after?: string): Gain | null {
  const answer = before === null ? way.answer : allOf([told(before), way.answer]);
  const made = edge(own, target.principal.arn, `${by}${way.by}`, answer);
  if (made === null) return null;
  const into = after === undefined ? way.gives : `${after}, ${way.gives}`;
  return { into, to: changed(target, way), edge: { ...made, gains: into } };
}

function told({ effect, path, conditions }: IdentityEdge) {
  return { verdict: effect, reason: '', path, conditions };
}

function changed(target: Own, { attachments, unbounded }: Way): Own {
  const boundary = unbounded ? null : target.boundary;
  if (attachments === null) return { ...target, boundary };
  const identity = layerOf(`the policies of ${target.principal.arn}`, attachments);
  return { ...target, attachments, identity, boundary };
}

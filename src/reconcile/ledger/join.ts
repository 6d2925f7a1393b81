import { type EdgeIndex, indexEdges, isGained, reachedPrincipals } from '../../match/identity.ts';
import type { Capability, ConfiguredPosture, ConfiguredWorkload, Reached } from '../../model/configured.ts';
import type { ObservedPosture, ObservedWorkload } from '../../model/observed.ts';
import { parseKubernetesWorkloadId } from '../../model/workload.ts';
import { databaseUsersOf } from './database-users.ts';
import type { Pair } from './entry.ts';

type Configured = { capabilities: ReadonlyMap<string, readonly Capability[]>; edges: EdgeIndex };
export type Join = { pairs: readonly (Pair & { id: string })[]; notes: readonly string[] };

/**
 * One pair per workload that was configured or observed. Ids are equal, or equal but for a cluster that one side
 * does not know; where more than one partner would do, nothing is joined and a note says so.
 */
export function joinWorkloads(configured: ConfiguredPosture | null, observed: ObservedPosture | null): Join {
  const partnerOf = partners(observed?.workloads ?? []);
  const capabilities = Map.groupBy(
    configured?.capabilities ?? [],
    ({ holder }) => `${holder.type} ${holder.id}`,
  );
  const edges = indexEdges(configured?.identityEdges ?? []);
  const joined = new Set<ObservedWorkload>();
  const notes: string[] = [];
  const pairs = (configured?.workloads ?? []).map((workload) => {
    const candidates = partnerOf(workload.id).filter((candidate) => !joined.has(candidate));
    if (candidates.length > 1)
      notes.push(
        `${workload.id}: ${candidates.length} observed workloads of that name, of different clusters; none joined`,
      );
    const partner = candidates.length === 1 ? candidates[0]! : null;
    if (partner) joined.add(partner);
    return pairOf(workload, partner, { capabilities, edges });
  });
  const alone = (observed?.workloads ?? []).filter((workload) => !joined.has(workload));
  const unconfigured = configured
    ? `${configured.origin} has no such workload`
    : 'no configured posture was given';
  return {
    pairs: [
      ...pairs,
      ...alone.map((workload) => ({
        id: workload.id,
        configured: null,
        observed: workload,
        capabilities: [],
        reached: [],
        unconfigured,
      })),
    ],
    notes,
  };
}

function pairOf(
  workload: ConfiguredWorkload,
  partner: ObservedWorkload | null,
  { capabilities, edges }: Configured,
): Pair & { id: string } {
  // The side that knows the cluster names it.
  const id = workload.cluster === null && partner ? partner.id : workload.id;
  const reached = reachedPrincipals(workload, edges);
  return {
    id,
    configured: workload,
    observed: partner,
    capabilities: [
      ...(capabilities.get(`workload ${workload.id}`) ?? []),
      ...reached
        .filter(isHeld)
        .flatMap((one) => heldAs(one, capabilities.get(`principal ${one.principal}`) ?? [])),
      ...databaseUsersOf(workload, partner).flatMap(({ principal, where }) =>
        (capabilities.get(`principal ${principal}`) ?? []).map((one) => ({
          ...one,
          path: [where, ...one.path],
        })),
      ),
    ],
    reached: oncePrincipal(reached.filter((one) => !isGain(one))),
    gains: reached.filter(isGain),
    unconfigured: null,
  };
}

/** By which session an identity was acted as, nothing tells: the first way to it stands for all. */
function oncePrincipal(reached: readonly Reached[]): Reached[] {
  const plain = reached.filter((one) => !isGained(one));
  const first = new Map(
    [...plain, ...reached.filter(isGained)].toReversed().map((one) => [one.principal, one]),
  );
  return reached.filter((one) => first.get(one.principal) === one);
}

function isGain({ edges }: Reached): boolean {
  return edges.at(-1)?.gains !== undefined;
}

/**
 * What other identities of the cluster may do becomes its own only when it becomes them, and what permissions it may
 * give when it has given them: each is a finding by itself.
 */
function isHeld(reached: Reached): boolean {
  const { principal, edges } = reached;
  return edges.length === 0 || (/^(aws|gcp|azure):/.test(principal) && !isGained(reached));
}

/** What an identity may do, with the way to the identity before it. */
function heldAs(reached: Reached, all: readonly Capability[]): readonly Capability[] {
  const { path, conditions } = reached;
  const held = all.filter((one) => one.session === reached.session);
  if (path.length === 0) return held;
  const inherited = path.some((hop) => hop.inherited);
  return held.map((one) => ({
    ...one,
    path: [...path, ...one.path],
    origin: inherited ? 'inherited' : one.origin,
    conditions: [...conditions, ...one.conditions],
    effect: one.effect === 'allow' && conditions.length > 0 ? 'conditional' : one.effect,
  }));
}

/** Finds a workload under its id, else under its name where either cluster is unknown. */
export function partners(workloads: readonly ObservedWorkload[]): (id: string) => ObservedWorkload[] {
  const byId = new Map(workloads.map((workload) => [workload.id, workload]));
  const byName = Map.groupBy(workloads, ({ id }) => nameOf(id));
  return (id) => {
    const same = byId.get(id);
    if (same) return [same];
    const name = nameOf(id);
    if (name === null) return [];
    const unknown = isUnknown(id);
    return (byName.get(name) ?? []).filter((candidate) => unknown || isUnknown(candidate.id));
  };
}

function nameOf(id: string): string | null {
  const parsed = parseKubernetesWorkloadId(id);
  return parsed && `${parsed.namespace}/${parsed.kind}/${parsed.name}`;
}

function isUnknown(id: string): boolean {
  return parseKubernetesWorkloadId(id)?.cluster === null;
}

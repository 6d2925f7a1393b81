/**
 * Identities that a principal can become: by trusting a token of its own choice, by giving the identity to compute that
 * it runs, by taking over a cluster whose nodes have it, or by assigning itself the role for one of these.
 */
import type { IdentityEdge } from '../../model/configured.ts';
import { bestOf } from './decide.ts';
import { askedOf, type Grant, grantBy } from './grants.ts';
import { principalHop } from './hops.ts';
import type { Principal, World } from './world.ts';

const IDENTITY = 'Microsoft.ManagedIdentity/userAssignedIdentities';
const TRUSTS = `${IDENTITY}/federatedIdentityCredentials/write`;
const ASSIGNS = `${IDENTITY}/assign/action`;
const GIVES_ROLES = 'Microsoft.Authorization/roleAssignments/write';
/** What runs code of the caller's choice under an identity that the caller names. */
const RUNS = [
  'Microsoft.Compute/virtualMachines/write',
  'Microsoft.Compute/virtualMachineScaleSets/write',
  'Microsoft.ContainerInstance/containerGroups/write',
  'Microsoft.App/containerApps/write',
  'Microsoft.App/jobs/write',
  'Microsoft.Web/sites/write',
  'Microsoft.ContainerService/managedClusters/write',
  'Microsoft.Automation/automationAccounts/write',
  'Microsoft.Resources/deploymentScripts/write',
  'Microsoft.MachineLearningServices/workspaces/computes/write',
] as const;
const RULES_CLUSTER = [
  'Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action',
  'Microsoft.ContainerService/managedClusters/runCommand/action',
] as const;

type Way = { by: string; grants: readonly Grant[] };

/** Grants of groups are left out: they would join all to all, and are told once as a capability. */
export function edgesOf(world: World, principal: Principal): IdentityEdge[] {
  if (world.assignments(principal).length === 0) return [];
  const runs = waysOn(world, principal, RUNS, null)[0] ?? null;
  const identities = world.principals.flatMap((target) =>
    target.id === principal.id ? [] : edge(principal, target, waysTo(world, principal, { target, runs })),
  );
  return [...identities, ...clusterEdges(world, principal)];
}

function waysTo(
  world: World,
  principal: Principal,
  { target, runs }: { target: Principal; runs: Way | null },
): Way[] {
  if (target.resource === null) return [];
  const on = (action: string) => waysOn(world, principal, [action], target.resource);
  const assigned = on(ASSIGNS).flatMap((one) =>
    runs === null ? [] : [{ by: `${one.by} + ${runs.by}`, grants: [...one.grants, ...runs.grants] }],
  );
  const given = on(GIVES_ROLES).map((one) => ({ ...one, by: `${one.by} + ${TRUSTS}` }));
  return [...on(TRUSTS), ...assigned, ...given];
}

/** The nodes of a cluster give their identity to whoever runs pods there. */
function clusterEdges(world: World, principal: Principal): IdentityEdge[] {
  return world.estate.clusters.flatMap(({ id, kubeletIdentity }) => {
    const target = kubeletIdentity && world.principal(kubeletIdentity.clientId);
    if (!target || target.id === principal.id) return [];
    return edge(principal, target, waysOn(world, principal, RULES_CLUSTER, id));
  });
}

function waysOn(
  world: World,
  principal: Principal,
  actions: readonly string[],
  resource: string | null,
): Way[] {
  return actions.flatMap((by) => {
    const asked = { ...askedOf(by, resource), plane: 'management' as const };
    const found = bestOf(world.assignments(principal).map((one) => grantBy(world, one, asked, false)));
    return found === null ? [] : [{ by, grants: [found] }];
  });
}

/** The first way that is open for certain, else the first that may be; none: no edge. */
function edge(principal: Principal, target: Principal, ways: readonly Way[]): IdentityEdge[] {
  const conditionsOf = ({ grants }: Way) => grants.flatMap(({ conditions }) => conditions);
  const way = ways.find((one) => conditionsOf(one).length === 0) ?? ways[0];
  if (!way) return [];
  const conditions = conditionsOf(way);
  return [
    {
      from: principal.id,
      to: target.id,
      by: way.by,
      effect: conditions.length === 0 ? 'allow' : 'conditional',
      path: [principalHop(principal), ...way.grants.flatMap(({ hops }) => hops)],
      conditions,
    },
  ];
}

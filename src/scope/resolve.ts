/**
 * The whole configured side, resolved once: the posture that the audit reads, and what questions about it are answered
 * from. Nothing here decides by itself; each cloud, RBAC and the network have their own evaluators.
 */
import type {
  Capability,
  Cloud,
  ConfiguredPosture,
  ConfiguredWorkload,
  IdentityEdge,
} from '../model/configured.ts';
import type { Estate } from '../model/estate.ts';
import type { KubernetesEstate, SourceCoverage } from '../model/kubernetes.ts';
import { createAwsScope } from './aws/index.ts';
import { createAzureScope } from './azure/index.ts';
import type { CloudScope } from './cloud.ts';
import { databaseCapabilities } from './databases.ts';
import { federations } from './federations.ts';
import { createGcpScope } from './gcp/index.ts';
import { createKubernetesHolders, type HolderOf } from './holders.ts';
import { withCredentials } from './identities/index.ts';
import { createNetworkScope, type NetworkScope } from './network-answer.ts';
import { resolvePosture } from './posture.ts';
import { kubernetesEdges } from './rbac-edges.ts';
import { indexIdentities } from './rbac-identities.ts';
import { reachOf } from './reach.ts';

export type Resolved = {
  estate: Estate;
  posture: ConfiguredPosture;
  network: NetworkScope | null;
  clouds: ReadonlyMap<Cloud, CloudScope>;
  /** Permissions in the cluster of any user, ServiceAccounts among them. Null groups: those that it always has. */
  holderOf: HolderOf;
  /** Whom somebody can become within the cluster by what it may do there, whether or not a workload runs as it. */
  becomes: (principal: string, capabilities: readonly Capability[]) => readonly IdentityEdge[];
};

/** Pure: the same estate gives the same answers. */
export function resolveEstate(estate: Estate): Resolved {
  const { kubernetes } = estate;
  const network = kubernetes && createNetworkScope(kubernetes);
  const aws = estate.aws && createAwsScope(estate.aws);
  const gcp = estate.gcp && createGcpScope(estate.gcp);
  const azure = estate.azure && createAzureScope(estate.azure);
  const clouds = [aws, gcp, azure].filter((one) => one !== null);
  const becomes = escalations(kubernetes);
  const bare = kubernetes ? withEscalation(resolvePosture(kubernetes), becomes) : emptyPosture();
  const workloads =
    kubernetes && network
      ? withCredentials(bare.workloads, kubernetes, { estate, network, aws, capabilities: bare.capabilities })
      : bare.workloads;
  return {
    estate,
    posture: withDatabases(withClouds(bare, workloads, clouds, estate), estate),
    network,
    clouds: new Map(clouds.map((one) => [one.cloud, one])),
    holderOf: createKubernetesHolders(kubernetes),
    becomes,
  };
}

function withClouds(
  posture: ConfiguredPosture,
  workloads: readonly ConfiguredWorkload[],
  scopes: readonly CloudScope[],
  estate: Estate,
): ConfiguredPosture {
  const readings = readingsOf(posture, estate);
  if (scopes.length === 0) return { ...posture, readings, workloads };
  const { edges, capabilities, truncated } = reachOf(workloads, scopes, federations(estate));
  const parts = [estate.aws, estate.gcp, estate.azure].filter((part) => part !== null);
  const cut = truncated
    ? ['chains of identities were followed only in part: there are too many of them']
    : [];
  return {
    ...posture,
    readings,
    workloads,
    capabilities: [...posture.capabilities, ...capabilities],
    identityEdges: [...(posture.identityEdges ?? []), ...edges],
    coverage: [...posture.coverage, ...parts.flatMap((part): readonly SourceCoverage[] => part.coverage)],
    warnings: [...posture.warnings, ...parts.flatMap(({ warnings }) => warnings), ...cut],
  };
}

function withDatabases(posture: ConfiguredPosture, { databases }: Estate): ConfiguredPosture {
  if (!databases) return posture;
  return {
    ...posture,
    capabilities: [...posture.capabilities, ...databaseCapabilities(databases)],
    coverage: [...posture.coverage, ...databases.coverage],
    warnings: [...posture.warnings, ...databases.warnings],
  };
}

/** Whom each ServiceAccount can become within the cluster: by making pods, tokens, bindings, by impersonation. */
function withEscalation(posture: ConfiguredPosture, becomes: Resolved['becomes']): ConfiguredPosture {
  const held = Map.groupBy(posture.capabilities, ({ holder }) => holder.id);
  const principals = new Set(posture.workloads.map(({ principal }) => principal));
  const identityEdges = [...principals].flatMap((one) => becomes(one, held.get(one) ?? []));
  return { ...posture, identityEdges };
}

/** The same holder is asked about many times. */
function escalations(kubernetes: KubernetesEstate | null): Resolved['becomes'] {
  if (!kubernetes) return () => [];
  const identities = indexIdentities(kubernetes);
  const known = new WeakMap<readonly Capability[], readonly IdentityEdge[]>();
  return (principal, capabilities) => {
    const made = known.get(capabilities) ?? kubernetesEdges(principal, capabilities, identities);
    known.set(capabilities, made);
    return made;
  };
}

function readingsOf({ origin }: ConfiguredPosture, { kubernetes, aws, gcp, azure, databases }: Estate) {
  return [
    { what: origin, readAt: kubernetes?.readAt ?? null },
    { what: 'what was given of AWS', readAt: aws?.readAt ?? null },
    { what: 'what was given of GCP', readAt: gcp?.readAt ?? null },
    { what: 'what was given of Azure', readAt: azure?.readAt ?? null },
    { what: 'what was given of databases', readAt: databases?.readAt ?? null },
  ];
}

function emptyPosture(): ConfiguredPosture {
  return {
    cluster: null,
    origin: 'what was given',
    readAt: null,
    workloads: [],
    capabilities: [],
    namespaces: [],
    coverage: [],
    warnings: [],
  };
}

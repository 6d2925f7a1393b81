/** The configured posture of an estate: its workloads, and what each of them and its ServiceAccount may do. */
import { resourceGap } from '../match/source-coverage.ts';
import type { Capability, ConfiguredPosture, ConfiguredWorkload } from '../model/configured.ts';
import type { KubernetesEstate, ServiceAccount } from '../model/kubernetes.ts';
import { ambiguousPriorities } from './ambiguity.ts';
import { declaredArtifacts } from './artifacts.ts';
import { credentialCapabilities } from './credentials.ts';
import { databaseUsers } from './database-users.ts';
import { createMeshOf, type MeshOf } from './mesh/posture.ts';
import { egressCapabilities } from './network.ts';
import { indexPolicies, type PolicyIndex } from './network-select.ts';
import { indexBindings, kubernetesCapabilities, type Principal, unreadRoles } from './rbac.ts';
import { indexRoles } from './rbac-roles.ts';
import { type Controlled, controlledWorkloads } from './workloads.ts';

type Resolved = { workload: ConfiguredWorkload; capabilities: readonly Capability[] };
type Indexes = { policies: PolicyIndex; mesh: MeshOf; accounts: ReadonlyMap<string, ServiceAccount> };

/** Pure: the same estate gives the same posture, workloads and capabilities in a stable order. */
export function resolvePosture(estate: KubernetesEstate): ConfiguredPosture {
  const controlled = controlledWorkloads(estate);
  const indexes = {
    mesh: createMeshOf(estate),
    policies: indexPolicies(estate.networkPolicies, estate.namespaces, estate),
    accounts: new Map(estate.serviceAccounts.map((one) => [`${one.ref.namespace}/${one.ref.name}`, one])),
  };
  const resolved = controlled.map((workload) => resolveWorkload(estate, indexes, workload));
  return {
    cluster: estate.cluster,
    origin: estate.origin,
    readAt: estate.readAt,
    workloads: resolved.map(({ workload }) => workload),
    capabilities: [
      ...resolved.flatMap(({ capabilities }) => capabilities),
      ...principalCapabilities(estate, controlled),
    ],
    namespaces: estate.namespaces.map(({ ref, labels }) => ({ name: ref.name, labels })),
    ...(estate.admission ? { admission: estate.admission } : {}),
    ...(estate.agents ? { agents: estate.agents } : {}),
    coverage: estate.coverage,
    warnings: [...estate.warnings, ...ambiguousPriorities(estate.networkPolicies)],
  };
}

function resolveWorkload(
  estate: KubernetesEstate,
  { policies, mesh, accounts }: Indexes,
  controlled: Controlled,
): Resolved {
  const { namespace } = controlled;
  const egress = egressCapabilities(controlled, policies, (where) =>
    resourceGap(estate.coverage, 'networkpolicies', where),
  );
  const artifacts = declaredArtifacts(controlled, estate.boms ?? []);
  const account = accounts.get(`${namespace}/${controlled.serviceAccount}`) ?? null;
  const accountGap = resourceGap(estate.coverage, 'serviceaccounts', namespace);
  const { template: _, annotations: __, ...rest } = controlled;
  return {
    workload: {
      ...rest,
      ...databaseUsers(controlled),
      ...operatorsOf(estate, controlled),
      declared: artifacts.declared,
      declares: artifacts.declares,
      egressPolicies: egress.policies.map((policy) => policy.ref),
    },
    capabilities: [
      ...egress.capabilities,
      ...mesh(controlled),
      ...credentialCapabilities(controlled, account, accountGap),
      ...artifacts.capabilities,
    ],
  };
}

/** Both operators call what they make by the name of the object that they make it from. */
function operatorsOf({ agents = [] }: KubernetesEstate, { namespace, name }: Controlled) {
  const operators = agents.filter(
    ({ ref, role }) => role !== 'model-config' && ref.namespace === namespace && ref.name === name,
  );
  return operators.length > 0 ? { operators } : {};
}

/** Permissions belong to the ServiceAccount: once each, however many workloads run as it. */
function principalCapabilities(estate: KubernetesEstate, workloads: readonly Controlled[]): Capability[] {
  const principals = new Map<string, Principal>(
    workloads.map((one) => [one.principal, { namespace: one.namespace, name: one.serviceAccount }]),
  );
  const bindings = indexBindings(estate.roleBindings);
  const roles = indexRoles(estate.roles);
  const unread = unreadRoles(estate.coverage);
  return [...principals.values()].flatMap((one) => kubernetesCapabilities(one, bindings, roles, unread));
}

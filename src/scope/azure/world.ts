/** The estate, indexed once: who is who, what each was assigned, and what roles are. Names have no case. */
import { compileGlob, type Glob } from '../../match/aws/glob.ts';
import type { AzureEstate, AzureRoleAssignment, AzureRoleDefinition } from '../../model/azure.ts';

export type Principal = {
  /** As observed principals are written: `azure:app:<client id>`. */
  id: string;
  /** `Managed identity report-agent` */
  object: string;
  /** Resource id of a user-assigned identity; null: an application, or an identity that was not read. */
  resource: string | null;
  /** By which role assignments name it; null: not read. */
  objectId: string | null;
};
export type Block = Readonly<
  Record<'actions' | 'notActions' | 'dataActions' | 'notDataActions', readonly Glob[]>
>;
export type Role = { source: AzureRoleDefinition; blocks: readonly Block[] };
export type World = {
  estate: AzureEstate;
  principals: readonly Principal[];
  /** By client id or object id, with or without `azure:app:`. */
  principal(text: string): Principal | null;
  /** That name the principal itself. */
  assignments(principal: Principal): readonly AzureRoleAssignment[];
  /** To groups: whether somebody is a member is not read. */
  vague: readonly AzureRoleAssignment[];
  /** Null: not read. */
  role(assignment: AzureRoleAssignment): Role | null;
};

export function worldOf(estate: AzureEstate): World {
  const principals = principalsOf(estate);
  const byName = new Map<string, Principal>();
  for (const one of principals) {
    byName.set(one.id.slice(PREFIX.length), one);
    if (one.objectId !== null) byName.set(one.objectId.toLowerCase(), one);
  }
  const byPrincipal = Map.groupBy(estate.roleAssignments, (one) => one.principalId.toLowerCase());
  const roles = new Map(estate.roleDefinitions.map((one) => [guidOf(one.id), roleOf(one)]));
  return {
    estate,
    principals,
    principal: (text) => byName.get(text.toLowerCase().replace(PREFIX, '')) ?? null,
    assignments: ({ objectId }) => (objectId === null ? [] : (byPrincipal.get(objectId.toLowerCase()) ?? [])),
    vague: estate.roleAssignments.filter(isVague),
    role: ({ role }) => roles.get(guidOf(role)) ?? null,
  };
}

const PREFIX = 'azure:app:';

function isVague({ principalType }: AzureRoleAssignment): boolean {
  return principalType === null || principalType.toLowerCase() === 'group';
}

/** Built-in roles have the same id in every scope. */
function guidOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1).toLowerCase();
}

function principalsOf({ identities, clusters }: AzureEstate): Principal[] {
  const found = new Map<string, Principal>();
  for (const { name, kubeletIdentity } of clusters) {
    if (kubeletIdentity === null) continue;
    const { clientId, objectId } = kubeletIdentity;
    const id = principalOf(clientId);
    found.set(id, { id, object: `Kubelet identity of AKS cluster ${name}`, resource: null, objectId });
  }
  for (const { id: resource, name, clientId, principalId } of identities) {
    const id = principalOf(clientId);
    const isApplication = resource.startsWith('app/');
    found.set(id, {
      id,
      object: `${isApplication ? 'Application' : 'Managed identity'} ${name}`,
      resource: isApplication ? null : resource,
      objectId: principalId ?? found.get(id)?.objectId ?? null,
    });
  }
  return [...found.values()];
}

/** As it is written in annotations, whatever their case. */
function principalOf(clientId: string): string {
  return `${PREFIX}${clientId.toLowerCase()}`;
}

function roleOf(source: AzureRoleDefinition): Role {
  const compiled = (patterns: readonly string[]) => patterns.map((one) => compileGlob(one.toLowerCase()));
  const blocks = source.permissions.map((one) => ({
    actions: compiled(one.actions),
    notActions: compiled(one.notActions),
    dataActions: compiled(one.dataActions),
    notDataActions: compiled(one.notDataActions),
  }));
  return { source, blocks };
}

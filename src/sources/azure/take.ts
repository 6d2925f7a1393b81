/** Rows of one document into the store; what is malformed is told, and the rest is taken. */
import { z } from 'zod';
import type { Part, Recognised } from './recognise.ts';
import * as schema from './schema.ts';
import type { Store } from './store.ts';

/** Problems that one document tells of itself. */
const MAX_TOLD = 5;

export function take(store: Store, { part, rows, owner }: Recognised): string[] {
  const problems: string[] = [];
  if (part === 'federated-credentials' && owner !== null) store.listed.add(owner.toLowerCase());
  const known = store.parts.get(part) ?? { objects: 0, problem: null };
  let { problem } = known;
  for (const [index, row] of rows.entries()) {
    const wrong = takeRow(store, part, row, owner);
    if (wrong === null) continue;
    problem ??= `row ${index}: ${wrong}`;
    if (problems.length < MAX_TOLD) problems.push(`row ${index}: ${wrong}`);
  }
  store.parts.set(part, { objects: known.objects + rows.length, problem });
  return problems;
}

function takeRow(store: Store, part: Part, row: unknown, owner: string | null): string | null {
  try {
    return TAKERS[part](store, row, owner);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    return `not readable: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.slice(0, 300);
  }
}

/** Null: taken. */
type Take = (store: Store, row: unknown, owner: string | null) => string | null;

const TAKERS: Readonly<Record<Part, Take>> = {
  identities(store, row) {
    const { id, name, clientId, principalId = null, tenantId = null } = schema.identitySchema.parse(row);
    store.identities.set(id.toLowerCase(), { id, name, clientId, principalId, tenantId });
    return null;
  },
  'federated-credentials': credential,
  applications: (store, row) => application(store, row, false),
  'service-principals': (store, row) => application(store, row, true),
  'role-assignments'(store, row) {
    const one = schema.assignmentSchema.parse(row);
    store.assignments.set(one.id.toLowerCase(), {
      id: one.id,
      principalId: one.principalId,
      principalType: one.principalType ?? null,
      role: one.roleDefinitionId,
      roleName: one.roleDefinitionName ?? null,
      scope: one.scope,
      condition: one.condition || null,
    });
    return null;
  },
  'role-definitions'(store, row) {
    const { id, name, roleName, permissions } = schema.definitionSchema.parse(row);
    const definition = { id, name: roleName ?? name, permissions: permissions.map(permission) };
    store.definitions.set(guidOf(id), definition);
    return null;
  },
  clusters(store, row) {
    const { id, name, oidcIssuerProfile, securityProfile, identityProfile } = schema.clusterSchema.parse(row);
    const { clientId, objectId } = identityProfile?.kubeletidentity ?? {};
    store.clusters.set(id.toLowerCase(), {
      id,
      name,
      issuer: oidcIssuerProfile?.issuerUrl || null,
      workloadIdentity: securityProfile?.workloadIdentity?.enabled ?? false,
      kubeletIdentity: clientId && objectId ? { clientId, objectId } : null,
    });
    return null;
  },
};

/** Built-in roles have one id in every scope: assignments name them under their subscription, lists without. */
export function guidOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1).toLowerCase();
}

function permission(one: schema.Definition['permissions'][number]) {
  return {
    actions: one.actions ?? [],
    notActions: one.notActions ?? [],
    dataActions: one.dataActions ?? [],
    notDataActions: one.notDataActions ?? [],
    condition: one.condition || null,
  };
}

function credential(store: Store, row: unknown, owner: string | null): string | null {
  const one = schema.credentialSchema.parse(row);
  const parent = /^(.*\/userassignedidentities\/[^/]+)\/federatedidentitycredentials\//i.exec(one.id ?? '');
  const identity = parent?.[1] ?? (owner === null ? null : `app/${owner}`);
  if (identity === null)
    return `federated credential ${one.name} names no application: its file has to lie in app/<client id>/`;
  store.listed.add(identity.toLowerCase());
  const { claimsMatchingExpression: flexible } = one;
  store.credentials.set(`${identity} ${one.name}`.toLowerCase(), {
    identity,
    name: one.name,
    issuer: one.issuer,
    subject: one.subject ?? '',
    expression: (typeof flexible === 'string' ? flexible : flexible?.value) || null,
    audiences: one.audiences ?? [],
  });
  return null;
}

/** What the application and its principal tell of one another is put together, in any order. */
function application(store: Store, row: unknown, isPrincipal: boolean): null {
  const { appId, id, displayName, appOwnerOrganizationId } = schema.applicationSchema.parse(row);
  const key = `app/${appId}`.toLowerCase();
  const known = store.identities.get(key);
  store.identities.set(key, {
    id: `app/${appId}`,
    name: displayName ?? known?.name ?? appId,
    clientId: appId,
    principalId: (isPrincipal ? id : null) ?? known?.principalId ?? null,
    tenantId: appOwnerOrganizationId ?? known?.tenantId ?? null,
  });
  return null;
}

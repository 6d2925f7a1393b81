/** REST answers into the estate's own form. */

import type {
  GcpAccessBoundary,
  GcpBoundaryBinding,
  GcpCluster,
  GcpCondition,
  GcpDenyPolicy,
  GcpNode,
  GcpPolicy,
  GcpPoolProvider,
  GcpServiceAccount,
} from '../../model/gcp.ts';
import { projectOfName } from './names.ts';
import type {
  Account,
  Binding,
  Boundary,
  Cluster,
  DenyPolicy,
  Policy,
  Pool,
  Project,
  Provider,
} from './schema.ts';

type Expression = { title: string; expression: string } | null | undefined;

function conditionOf(condition: Expression): GcpCondition | null {
  return condition ? { title: condition.title, expression: condition.expression } : null;
}

export function convertProject({ projectId, projectNumber, name, parent }: Project): GcpNode {
  const number = projectNumber ?? /^projects\/(\d+)$/.exec(name ?? '')?.[1];
  return {
    name: `projects/${projectId}`,
    number: number === undefined ? null : String(number),
    parent: typeof parent === 'object' ? `${parent.type}s/${parent.id}` : (parent ?? null),
  };
}

export function convertPolicy(resource: string, { version, bindings }: Policy): GcpPolicy {
  return {
    resource,
    version,
    bindings: bindings.map(({ role, members, condition }, index) => ({
      role,
      members,
      condition: conditionOf(condition),
      field: `bindings[${index}]`,
    })),
  };
}

export function convertAccount({ email, uniqueId, projectId, name, disabled }: Account): GcpServiceAccount {
  const project = projectId ?? projectOfName(name ?? '') ?? '';
  return { email, uniqueId: uniqueId ?? null, project, disabled };
}

/** `policies/cloudresourcemanager.googleapis.com%2Fprojects%2F123/denypolicies/x` → `projects/123`. */
export function attachmentOf(name: string): string | null {
  const encoded = name.split('/')[1] ?? '';
  try {
    const [host, ...rest] = decodeURIComponent(encoded).split('/');
    return host === 'cloudresourcemanager.googleapis.com' && rest.length === 2 ? rest.join('/') : null;
  } catch {
    return null;
  }
}

/** Null: its rules were not read, or what it is attached to cannot be told. */
export function convertDenyPolicy({ name, rules }: DenyPolicy): GcpDenyPolicy | null {
  const resource = attachmentOf(name);
  if (resource === null || rules === undefined) return null;
  return {
    name,
    resource,
    rules: rules.flatMap(({ denyRule }, index) =>
      denyRule === undefined
        ? []
        : {
            deniedPrincipals: denyRule.deniedPrincipals,
            exceptionPrincipals: denyRule.exceptionPrincipals,
            deniedPermissions: denyRule.deniedPermissions,
            exceptionPermissions: denyRule.exceptionPermissions,
            condition: conditionOf(denyRule.denialCondition),
            field: `rules[${index}].denyRule`,
          },
    ),
  };
}

export function convertBoundary({ name, details }: Boundary): GcpAccessBoundary {
  return {
    name,
    rules: details.rules
      .map(({ resources }, index) => ({ resources, field: `details.rules[${index}]` }))
      .filter((_, index) => details.rules[index]!.effect === 'ALLOW'),
    enforcementVersion: details.enforcementVersion ?? null,
  };
}

export function convertBinding({ name, target, policy, condition }: Binding): GcpBoundaryBinding {
  return { name, policy, target: target.principalSet, condition: conditionOf(condition) };
}

/** A pool that is off takes no tokens, whatever its providers say. */
export function convertProvider(provider: Provider, pools: ReadonlyMap<string, Pool>): GcpPoolProvider {
  const { name, oidc, aws, attributeMapping, attributeCondition } = provider;
  const pool = pools.get(name.split('/providers/', 1)[0]!);
  const off = [provider, pool].some((one) => one && (one.disabled || one.state !== 'ACTIVE'));
  return {
    name,
    issuer: oidc?.issuerUri ?? null,
    audiences: oidc?.allowedAudiences ?? [],
    awsAccount: aws?.accountId ?? null,
    attributeMapping,
    attributeCondition: attributeCondition ?? null,
    disabled: off,
  };
}

const MODES = new Set(['GKE_METADATA', 'GCE_METADATA']);

export function convertCluster(cluster: Cluster): GcpCluster {
  const { selfLink, endpoint, workloadIdentityConfig, nodePools } = cluster;
  const name = clusterName(selfLink);
  return {
    name,
    project: projectOfName(name) ?? '',
    workloadPool: workloadIdentityConfig?.workloadPool || null,
    endpoint: endpoint || null,
    nodePools: nodePools.map(({ name: pool, config }) => {
      const mode = config.workloadMetadataConfig?.mode ?? '';
      return {
        name: pool,
        serviceAccount: config.serviceAccount || null,
        metadataMode: MODES.has(mode) ? (mode as 'GKE_METADATA' | 'GCE_METADATA') : null,
        scopes: config.oauthScopes,
      };
    }),
  };
}

/** Zonal clusters link to themselves by `zones`, which everything else calls `locations`. */
function clusterName(selfLink: string): string {
  const path = selfLink.replace(/^https:\/\/[^/]+\/v\d\w*\//, '');
  return path.replace(/^(projects\/[^/]+)\/zones\//, '$1/locations/');
}

/** Estates of the cases in `fixtures/gcp/evaluation`, from their short form. Everything is read that is not `unread`. */
import type { GcpCondition, GcpEstate } from '../../../src/model/gcp.ts';
import type { SourceCoverage } from '../../../src/model/kubernetes.ts';

type Binding = { role: string; members: string[]; if?: string; title?: string };
type Deny = {
  principals: string[];
  except?: string[];
  permissions: string[];
  exceptPermissions?: string[];
  if?: string;
};
export type Short = {
  /** Node → parent; empty: none. */
  tree?: Record<string, string>;
  numbers?: Record<string, string>;
  allow?: Record<string, Binding[]>;
  roles?: Record<string, string[]>;
  deletedRoles?: string[];
  accounts?: (string | { email: string; project?: string; disabled?: boolean })[];
  deny?: Record<string, Deny[]>;
  boundaries?: Record<string, { resources: string[]; version?: string }>;
  bound?: { policy: string; target: string; if?: string }[];
  clusters?: {
    name: string;
    pool?: string;
    nodes?: { name: string; account?: string; mode?: 'GKE_METADATA' | 'GCE_METADATA'; scopes?: string[] }[];
  }[];
  providers?: {
    name: string;
    issuer?: string;
    audiences?: string[];
    aws?: string;
    mapping?: Record<string, string>;
    condition?: string;
    disabled?: boolean;
  }[];
  /** `projects/p/deny-policies`: what could not be read. */
  unread?: string[];
};

export function estateOf(short: Short): GcpEstate {
  const tree = { ...short.tree };
  const policies = Object.entries(short.allow ?? {});
  const unread = new Set(short.unread ?? []);
  return {
    nodes: Object.entries(tree)
      .filter(([name]) => !unread.has(name))
      .map(([name, parent]) => ({
        name,
        number: short.numbers?.[name] ?? null,
        parent: parent === '' ? null : parent,
      })),
    policies: [...Object.keys(tree), ...policies.map(([resource]) => resource)]
      .filter((resource, index, all) => all.indexOf(resource) === index)
      .filter((resource) => !unread.has(`${resource}/iam-policy`))
      .map((resource) => ({
        resource,
        version: 3,
        bindings: (short.allow?.[resource] ?? []).map(bindingOf),
      })),
    roles: Object.entries(short.roles ?? {}).map(([name, permissions]) => ({
      name,
      permissions,
      deleted: short.deletedRoles?.includes(name) ?? false,
    })),
    serviceAccounts: (short.accounts ?? []).map(accountOf),
    denyPolicies: Object.entries(short.deny ?? {}).map(([resource, rules]) => ({
      name: `policies/${encodeURIComponent(`cloudresourcemanager.googleapis.com/${resource}`)}/denypolicies/d`,
      resource,
      rules: rules.map(denyOf),
    })),
    ...rest(short),
    readAt: null,
    coverage: coverageOf(tree, unread),
    warnings: [],
  };
}

function bindingOf({ role, members, if: expression, title }: Binding, index: number) {
  return { role, members, condition: conditionOf(expression, title), field: `bindings[${index}]` };
}

function conditionOf(expression: string | undefined, title = ''): GcpCondition | null {
  return expression === undefined ? null : { title, expression };
}

function accountOf(given: string | { email: string; project?: string; disabled?: boolean }) {
  const { email, project, disabled = false } = typeof given === 'string' ? { email: given } : given;
  const own = project ?? email.split('@')[1]!.split('.')[0]!;
  return { email, uniqueId: null, project: own, disabled };
}

function denyOf(rule: Deny, index: number) {
  return {
    deniedPrincipals: rule.principals,
    exceptionPrincipals: rule.except ?? [],
    deniedPermissions: rule.permissions,
    exceptionPermissions: rule.exceptPermissions ?? [],
    condition: conditionOf(rule.if),
    field: `rules[${index}].denyRule`,
  };
}

function rest(short: Short): Pick<GcpEstate, 'boundaries' | 'boundaryBindings' | 'clusters' | 'providers'> {
  return {
    boundaries: Object.entries(short.boundaries ?? {}).map(([name, { resources, version }]) => ({
      name,
      rules: [{ resources, field: 'details.rules[0]' }],
      enforcementVersion: version ?? null,
    })),
    boundaryBindings: (short.bound ?? []).map(({ policy, target, if: expression }, index) => ({
      name: `binding-${index}`,
      policy,
      target,
      condition: conditionOf(expression),
    })),
    clusters: (short.clusters ?? []).map(({ name, pool, nodes = [] }) => ({
      name,
      project: name.split('/')[1]!,
      workloadPool: pool ?? null,
      endpoint: null,
      nodePools: nodes.map((one) => ({
        name: one.name,
        serviceAccount: one.account ?? null,
        metadataMode: one.mode ?? null,
        scopes: one.scopes ?? ['https://www.googleapis.com/auth/cloud-platform'],
      })),
    })),
    providers: (short.providers ?? []).map((one) => ({
      name: one.name,
      issuer: one.issuer ?? null,
      audiences: one.audiences ?? [],
      awsAccount: one.aws ?? null,
      attributeMapping: one.mapping ?? {},
      attributeCondition: one.condition ?? null,
      disabled: one.disabled ?? false,
    })),
  };
}

function coverageOf(tree: Record<string, string>, unread: ReadonlySet<string>): SourceCoverage[] {
  const parts = [
    ['iam-policy', 'gcp-policies'],
    ['deny-policies', 'gcp-deny-policies'],
    ['policy-bindings', 'gcp-boundaries'],
    ['service-accounts', 'gcp-service-accounts'],
    ['workload-identity-providers', 'gcp-pools'],
  ] as const;
  return Object.keys(tree).flatMap((node) =>
    parts.map(([part, resource]): SourceCoverage => {
      const denied = unread.has(`${node}/${part}`);
      const reason = denied ? '403: refused' : null;
      return {
        source: `gcp:${node}/${part}`,
        resource,
        namespaces: null,
        status: denied ? 'denied' : 'read',
        objects: 0,
        reason,
      };
    }),
  );
}

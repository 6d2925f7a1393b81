/**
 * RBAC rules against requests, as `RuleAllows` of kubernetes/plugin/pkg/auth/authorizer/rbac and
 * pkg/apis/rbac/v1/evaluation_helpers.go (v1.34). Everything is case-sensitive; `pods/*` is no wildcard, and
 * `pods` does not include `pods/log`.
 */
import type { Capability } from '../model/configured.ts';
import type { PolicyRule } from '../model/kubernetes.ts';

export type KubernetesRequest = {
  verb: string;
  /** Null: cluster-scoped, or across all namespaces. */
  namespace: string | null;
  apiGroup: string;
  /** Null: a non-resource request, which has `path`. */
  resource: string | null;
  subresource: string | null;
  /** Null for collections: list, watch, create, deletecollection. */
  name: string | null;
  path: string | null;
};

export type KubernetesVerdict = {
  verdict: 'allow' | 'deny' | 'unknown';
  decidedBy: Capability | null;
  all: readonly Capability[];
  why: string;
};

export function ruleAllows(rule: PolicyRule, request: KubernetesRequest): boolean {
  const { resource } = request;
  if (resource === null)
    return (
      includes(rule.verbs, request.verb) &&
      rule.nonResourceURLs.some((url) => urlMatches(url, request.path ?? ''))
    );
  return (
    ruleCovers(rule, { ...request, resource }) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(request.name ?? ''))
  );
}

/** Whether a rule allows the verb on objects of the resource, all of them or the ones that it names. */
export function ruleCovers(
  rule: PolicyRule,
  {
    verb,
    apiGroup,
    resource,
    subresource,
  }: Pick<KubernetesRequest, 'verb' | 'apiGroup' | 'subresource'> & { resource: string },
): boolean {
  return (
    includes(rule.verbs, verb) &&
    includes(rule.apiGroups, apiGroup) &&
    rule.resources.some((one) => resourceMatches(one, resource, subresource))
  );
}

function includes(allowed: readonly string[], value: string): boolean {
  return allowed.includes('*') || allowed.includes(value);
}

function resourceMatches(rule: string, resource: string, subresource: string | null): boolean {
  if (rule === '*') return true;
  if (subresource === null) return rule === resource;
  return rule === `${resource}/${subresource}` || rule === `*/${subresource}`;
}

/** Only a trailing `*` is a wildcard. */
function urlMatches(rule: string, path: string): boolean {
  if (rule === '*' || rule === path) return true;
  return rule.endsWith('*') && path.startsWith(rule.replace(/\*+$/, ''));
}

/** Whether a grant in `namespace` (null: cluster-wide) is asked at all for this request. */
export function grantApplies(namespace: string | null, request: KubernetesRequest): boolean {
  return namespace === null || (request.resource !== null && request.namespace === namespace);
}

/**
 * RBAC only adds: any rule that allows is enough, and nothing denies. `capabilities`: those of one principal.
 * `gap`: why RBAC is not fully known (resourceGap); what is not allowed is then unknown, not denied.
 */
export function kubernetesVerdict(
  capabilities: readonly Capability[],
  request: KubernetesRequest,
  gap: string | null = null,
): KubernetesVerdict {
  const all = capabilities.filter((one) => one.effect === 'allow' && allows(one, request));
  const [decidedBy] = all;
  if (decidedBy) return { verdict: 'allow', decidedBy, all, why: `allowed by ${edgeName(decidedBy)}` };
  const open = capabilities.find((one) => one.effect === 'conditional' && one.kind === 'kubernetes-action');
  const why = open ? open.conditions.join('; ') : gap;
  if (why !== null) return { verdict: 'unknown', decidedBy: null, all, why };
  return { verdict: 'deny', decidedBy: null, all, why: 'no binding grants it' };
}

function allows(capability: Capability, request: KubernetesRequest): boolean {
  return capability.allow.some(
    (pattern) =>
      pattern.type === 'kubernetes' &&
      grantApplies(pattern.namespace, request) &&
      ruleAllows(pattern.rule, request),
  );
}

function edgeName(capability: Capability): string {
  return capability.path
    .slice(-2)
    .map((hop) => `${hop.object} ${hop.field}`)
    .join(', ');
}

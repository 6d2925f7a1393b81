/** Kubernetes permissions that matter to a reader. */
import type { Capability } from '../model/configured.ts';
import type { PolicyRule } from '../model/kubernetes.ts';
import type { LedgerWorkload } from '../model/ledger.ts';

/** What lets its holder become more than it is, or read what others keep secret (Kubernetes RBAC good practices). */
const DANGEROUS_RESOURCES = new Set([
  '*',
  'secrets',
  'pods/exec',
  'pods/attach',
  'nodes/proxy',
  'serviceaccounts/token',
]);
const DANGEROUS_VERBS = new Set(['*', 'impersonate', 'escalate', 'bind']);

/** Those of its principal, without what every authenticated identity may do anyway. */
export function permissions(view: LedgerWorkload): Capability[] {
  return view.capabilities.filter((one) => one.kind === 'kubernetes-action' && !isDiscovery(one));
}

/**
 * Discovery and questions about oneself, which Kubernetes grants to system:authenticated. Told by content and not
 * by the name of the role: somebody may have added a rule to system:discovery.
 */
function isDiscovery(capability: Capability): boolean {
  const rules = rulesOf(capability);
  return rules.length > 0 && rules.every((rule) => isHarmlessUrl(rule) || isSelfReview(rule));
}

function isHarmlessUrl(rule: PolicyRule): boolean {
  return rule.resources.length === 0 && rule.verbs.every((verb) => verb === 'get');
}

function isSelfReview(rule: PolicyRule): boolean {
  const groups = rule.apiGroups.every((one) => /^auth(entication|orization)\.k8s\.io$/.test(one));
  return groups && rule.resources.length > 0 && rule.resources.every((one) => one.startsWith('selfsubject'));
}

export function isDangerous(capability: Capability): boolean {
  return rulesOf(capability).some(
    (rule) =>
      rule.resources.some((resource) => DANGEROUS_RESOURCES.has(resource)) ||
      rule.verbs.some((verb) => DANGEROUS_VERBS.has(verb)),
  );
}

function rulesOf(capability: Capability): PolicyRule[] {
  return capability.allow.flatMap((pattern) => (pattern.type === 'kubernetes' ? [pattern.rule] : []));
}

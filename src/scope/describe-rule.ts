/** One line for a reader, of what an RBAC rule allows. */
import type { PolicyRule } from '../model/kubernetes.ts';

export function describeRule(rule: PolicyRule, namespace: string | null): string {
  const verbs = rule.verbs.includes('*') ? 'any verb' : rule.verbs.join(', ');
  if (rule.resources.length === 0) return `${verbs} on ${rule.nonResourceURLs.join(', ')}`;
  const resources = rule.resources.includes('*') ? 'any resource' : rule.resources.join(', ');
  const groups = rule.apiGroups.map((group) => group || 'core').join(', ');
  const names = rule.resourceNames.length > 0 ? ` named ${rule.resourceNames.join(', ')}` : '';
  const where = namespace === null ? 'cluster-wide' : `in ${namespace}`;
  return `${verbs} ${resources} (${rule.apiGroups.includes('*') ? 'any group' : groups})${names} ${where}`;
}

/** Kubernetes permissions that matter to a reader. */
import { isFloor } from '../match/kubernetes-floor.ts';
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
  return view.capabilities.filter((one) => one.kind === 'kubernetes-action' && !isFloor(one));
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

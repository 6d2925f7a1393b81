/** Policies that may refuse a pod: whoever becomes a ServiceAccount by making one has to pass them. */
import { podPolicies } from '../match/admission.ts';
import type { AdmissionPolicy } from '../model/posture-objects.ts';
import { refName } from './describe.ts';

const MAX_NAMED = 5;

/** What has to hold of a pod made in a namespace (null: in any), one sentence; null: nothing that is known. */
export function podAdmission(policies: readonly AdmissionPolicy[], namespace: string | null): string | null {
  const asked = podPolicies(policies, namespace).filter(({ by }) => by.enforced);
  const names = [...new Set(asked.map(({ ask }) => refName(ask.ref)))];
  if (names.length === 0) return null;
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
  return `admission lets the pod through: ${names.slice(0, MAX_NAMED).join(', ')}${more}`;
}

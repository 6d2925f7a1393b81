/** Policies that may refuse a pod: whoever becomes a ServiceAccount by making one has to pass them. */
import type { AdmissionPolicy } from '../model/posture-objects.ts';
import { refName } from './describe.ts';

const MAX_NAMED = 5;
/** As each engine writes it: resources of the API, kinds with or without a version, anything. */
const PODS = /^(\*|pods|pods\/\*|\*\/\*|(\*\/|v1\/)?(Pod|\*))$/;

/** What has to hold of a pod made in a namespace (null: in any), one sentence; null: nothing that is known. */
export function podAdmission(policies: readonly AdmissionPolicy[], namespace: string | null): string | null {
  const bound = new Map(policies.filter(({ policy }) => policy === null).map((one) => [one.ref.name, one]));
  const asked = policies
    .filter(({ enforced, ref }) => enforced && concerns(ref.namespace, namespace))
    .map((one) => (one.policy === null ? one : (bound.get(one.policy) ?? { ...one, targets: ['*'] })))
    .filter(({ targets }) => targets.some((one) => PODS.test(one)))
    .map(({ ref }) => refName(ref));
  const names = [...new Set(asked)];
  if (names.length === 0) return null;
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
  return `admission lets the pod through: ${names.slice(0, MAX_NAMED).join(', ')}${more}`;
}

/** A policy of a namespace is asked there alone. */
function concerns(own: string | null, namespace: string | null): boolean {
  return own === null || own === namespace;
}

/** Which admission policies are asked about the pods of a namespace, and what each does about a violation. */
import type { AdmissionPolicy } from '../model/posture-objects.ts';

/** As each engine writes it: resources of the API, kinds with or without a version, anything. */
const PODS = /^(\*|pods|pods\/\*|\*\/\*|(\*\/|v1\/)?(Pod|\*))$/;

/** `ask`: what names resources and is reported; a ValidatingAdmissionPolicy acts by each of its bindings. */
export type Asked = { ask: AdmissionPolicy; by: AdmissionPolicy };

/** Null namespace: of any. A policy of a namespace is asked there alone; one that no binding names is asked nothing. */
export function podPolicies(policies: readonly AdmissionPolicy[], namespace: string | null): Asked[] {
  const bound = new Map(policies.filter(({ policy }) => policy === null).map((one) => [one.ref.name, one]));
  return policies
    .filter(({ engine, policy }) => engine !== 'validating-admission-policy' || policy !== null)
    .filter(({ ref }) => ref.namespace === null || ref.namespace === namespace)
    .map((by) => ({ ask: by.policy === null ? by : (bound.get(by.policy) ?? { ...by, targets: ['*'] }), by }))
    .filter(({ ask }) => ask.targets.some((one) => PODS.test(one)));
}

/** Kubernetes label selectors (apimachinery, LabelSelectorAsSelector). */
import type { LabelSelector, Labels } from '../model/kubernetes.ts';
import { both, every, known, type Ternary } from './ternary.ts';

/** Label that every namespace carries since Kubernetes 1.22, whether a manifest shows it or not. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

/** Labels that Cilium derives: no manifest carries them, so where they are absent they are not known. */
const DERIVED_PREFIX = 'io.cilium.k8s.';

type Requirement = LabelSelector['matchExpressions'][number];

/**
 * All requirements must hold; an empty selector selects everything. `complete: false` says that the object may
 * carry labels that are not known here, so a key that is missing decides nothing.
 */
export function selectorMatches(selector: LabelSelector, labels: Labels, complete = true): Ternary {
  const pairs = every(Object.keys(selector.matchLabels), (key) =>
    Object.hasOwn(labels, key) || (complete && !key.startsWith(DERIVED_PREFIX))
      ? known(Object.hasOwn(labels, key) && labels[key] === selector.matchLabels[key])
      : 'unknown',
  );
  if (pairs === 'no') return 'no';
  return both(
    pairs,
    every(selector.matchExpressions, (requirement) => requirementHolds(requirement, labels, complete)),
  );
}

/** NotIn and DoesNotExist also select objects that lack the key. */
function requirementHolds(
  { key, operator, values }: Requirement,
  labels: Labels,
  complete: boolean,
): Ternary {
  const present = Object.hasOwn(labels, key);
  if (!present && (!complete || key.startsWith(DERIVED_PREFIX))) return 'unknown';
  switch (operator) {
    case 'In':
      return known(present && values.includes(labels[key]!));
    case 'NotIn':
      return known(!present || !values.includes(labels[key]!));
    case 'Exists':
      return known(present);
    case 'DoesNotExist':
      return known(!present);
  }
}

/** Selector over a namespace: the name label holds even where the other labels were not readable. */
export function namespaceMatches(selector: LabelSelector, name: string, labels: Labels | null): Ternary {
  return selectorMatches(selector, { ...labels, [NAMESPACE_NAME_LABEL]: name }, labels !== null);
}

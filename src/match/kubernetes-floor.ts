/** Permissions that every identity of every cluster has: no finding is made of them, whichever binding brings them. */
import { FLOOR_RESOURCES, FLOOR_URLS } from '../catalog/kubernetes-floor.ts';
import type { Capability } from '../model/configured.ts';
import type { PolicyRule } from '../model/kubernetes.ts';

const URLS = new Set(FLOOR_URLS);
const RESOURCES = new Set(
  FLOOR_RESOURCES.map(({ verb, apiGroup, resource }) => `${verb} ${resource}.${apiGroup}`),
);

/** Whether a capability gives nothing beyond that floor. */
export function isFloor({ effect, allow }: Pick<Capability, 'effect' | 'allow'>): boolean {
  if (effect !== 'allow' || allow.length === 0) return false;
  return allow.every((pattern) => pattern.type === 'kubernetes' && isFloorRule(pattern.rule));
}

function isFloorRule({ verbs, apiGroups, resources, nonResourceURLs }: PolicyRule): boolean {
  const urls = nonResourceURLs.every((url) => URLS.has(url) && verbs.every((verb) => verb === 'get'));
  return (
    urls &&
    verbs.every((verb) =>
      apiGroups.every((group) => resources.every((one) => RESOURCES.has(`${verb} ${one}.${group}`))),
    )
  );
}

/**
 * The one form in which an observed request to the Kubernetes API is written, and read again to be held against rules:
 *
 *   subject   `<verb> <resource>[.<group>][/<subresource>]`   `list pods`, `update deployments.apps/scale`
 *             `<verb> <path>` of a request for no resource     `get /version`
 *   context   `<namespace>/<name>`: without name `research/`, cluster-wide `/node-1`, neither: null
 *
 * Names that a controller generated are written up to their random part: `research/agent-*`.
 */
import type { KubernetesRequest } from './kubernetes-rule.ts';

export type KubernetesAction = { subject: string; context: string | null };

export function kubernetesAction(request: KubernetesRequest): KubernetesAction {
  const { verb, namespace, apiGroup, resource, subresource, name, path } = request;
  if (resource === null) return { subject: `${verb} ${path ?? '/'}`, context: null };
  const group = apiGroup === '' ? '' : `.${apiGroup}`;
  const sub = subresource === null ? '' : `/${subresource}`;
  const where = namespace === null && name === null ? null : `${namespace ?? ''}/${name ?? ''}`;
  return { subject: `${verb} ${resource}${group}${sub}`, context: where };
}

const RESOURCE = /^([^ ]+) ([^/. ]+)(?:\.([^/ ]+))?(?:\/([^ ]+))?$/;

/** Null: not of this form. */
export function parseKubernetesAction({ subject, context }: KubernetesAction): KubernetesRequest | null {
  const other = /^([^ ]+) (\/.*)$/.exec(subject);
  if (other)
    return {
      verb: other[1]!,
      namespace: null,
      apiGroup: '',
      resource: null,
      subresource: null,
      name: null,
      path: other[2]!,
    };
  const match = RESOURCE.exec(subject);
  if (!match) return null;
  const [, verb, resource, apiGroup = '', subresource = null] = match as unknown as [string, string, string];
  const [namespace = '', name = ''] = context?.split('/') ?? [];
  return {
    verb,
    namespace: namespace || null,
    apiGroup,
    resource,
    subresource,
    name: name || null,
    path: null,
  };
}

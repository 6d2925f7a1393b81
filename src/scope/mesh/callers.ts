/** Whether who calls is in the mesh: by its pods where these were read, else by its labels. */
import type { Pod } from '../../model/kubernetes.ts';
import type { NetworkSource } from '../network-source.ts';
import type { MeshScope } from './index.ts';
import type { Membership } from './member.ts';

type Pods = {
  podNamed(namespace: string, name: string): Pod | null;
  podsIn(namespace: string): readonly Pod[];
};

export function callerMembership(
  mesh: MeshScope,
  { podNamed, podsIn }: Pods,
  { namespace, labels, hostNetwork, name }: NetworkSource,
): Membership {
  const wanted = Object.entries(labels);
  const likely =
    wanted.length === 0
      ? undefined
      : podsIn(namespace).find(({ template }) =>
          wanted.every(([key, value]) => template.labels[key] === value),
        );
  const pod = (name === null ? null : podNamed(namespace, name)) ?? likely;
  if (pod) return mesh.memberOfPod(pod);
  return mesh.memberOfTemplate(namespace, { labels, annotations: {}, containers: [], hostNetwork });
}

/** Exports of two clusters have objects of one name, and nothing in most of them tells whose they are. */
import { UserError } from '../../errors.ts';
import type { Namespace, ObjectRef } from '../../model/kubernetes.ts';

/** The uid of `kube-system` is the cluster's. @throws UserError where an object of that name has another one. */
export function refuseAnotherCluster(known: { ref: ObjectRef }, next: { ref: ObjectRef }): void {
  const { kind, name, location } = next.ref;
  if (kind !== 'Namespace' || name !== 'kube-system') return;
  const [one, other] = [known, next].map((object) => (object as Namespace).uid);
  if (!one || !other || one === other) return;
  throw new UserError(
    `these exports are of two clusters: namespace kube-system has uid ${one} in ${known.ref.location ?? 'the cluster'} and ${other} in ${location ?? 'the cluster'}`,
    { hint: 'audit one cluster at a time: which of their objects belong together nothing tells' },
  );
}

/** Which EKS cluster the Kubernetes estate is: told by its nodes, or by being the only one. */
import type { AwsCluster, AwsEstate } from '../../model/aws.ts';
import type { Node } from '../../model/kubernetes.ts';
import type { PodContext } from './context.ts';

const NODEGROUP = 'eks.amazonaws.com/nodegroup';
const EKSCTL = 'alpha.eksctl.io/cluster-name';

/** Null: several would do, or none is of AWS. */
export function clusterOf({ nodes }: PodContext, { clusters, nodegroups }: AwsEstate): AwsCluster | null {
  const foreign =
    nodes.length > 0 && nodes.every(({ providerId }) => providerId && !providerId.startsWith('aws:'));
  if (foreign) return null;
  const named = new Set(nodes.flatMap((node) => namesOf(node, nodegroups)));
  const candidates = named.size > 0 ? clusters.filter(({ name }) => named.has(name)) : clusters;
  return candidates.length === 1 ? candidates[0]! : null;
}

function namesOf({ labels }: Node, nodegroups: AwsEstate['nodegroups']): string[] {
  const group = labels[NODEGROUP];
  const byGroup = group === undefined ? [] : nodegroups.filter(({ name }) => name === group);
  const eksctl = labels[EKSCTL];
  if (eksctl !== undefined) return [eksctl];
  return byGroup.length === 1 ? [byGroup[0]!.cluster] : [];
}

/**
 * Which EKS cluster the Kubernetes estate is: told by its nodes, or by being the only one. Names are unique within an
 * account and region only, so each thing that nodes tell leaves out the clusters that it cannot be of.
 */
import type { AwsCluster, AwsEstate } from '../../model/aws.ts';
import type { Node } from '../../model/kubernetes.ts';
import type { PodContext } from './context.ts';

const NODEGROUP = 'eks.amazonaws.com/nodegroup';
const EKSCTL = 'alpha.eksctl.io/cluster-name';

/** What names its cluster: `clusterArn` where the source told it. */
type Part = { cluster: string; clusterArn?: string };

export function isOf({ cluster, clusterArn }: Part, { name, arn }: AwsCluster): boolean {
  return clusterArn === undefined ? cluster === name : clusterArn === arn;
}

/** Of no node is known that it is of AWS, and of each that it is of somebody else. */
export function isForeign({ nodes }: PodContext): boolean {
  return nodes.length > 0 && nodes.every(({ providerId }) => providerId && !/^(aws|eks)/.test(providerId));
}

/** Null: several would do, or none is of AWS. */
export function clusterOf(context: PodContext, estate: AwsEstate): AwsCluster | null {
  if (isForeign(context)) return null;
  const left = estate.clusters.filter((one) => context.nodes.every((node) => mayRun(node, one, estate)));
  return left.length === 1 ? left[0]! : null;
}

function mayRun(node: Node, cluster: AwsCluster, { instances, nodegroups }: AwsEstate): boolean {
  const region = regionOf(node);
  if (region !== null && cluster.region !== '' && region !== cluster.region) return false;
  const eksctl = node.labels[EKSCTL];
  if (eksctl !== undefined && eksctl !== cluster.name) return false;
  const group = node.labels[NODEGROUP];
  const groups = group === undefined ? [] : nodegroups.filter(({ name }) => name === group);
  if (groups.length > 0 && !groups.some((one) => isOf(one, cluster))) return false;
  const id = instanceId(node);
  const instance = id === null ? undefined : instances.find((one) => one.id === id);
  return !instance?.account || cluster.account === '' || instance.account === cluster.account;
}

/** `aws:///eu-central-1a/i-0abc`: the instance's id. */
export function instanceId({ providerId }: Node): string | null {
  return /\/(i-[0-9a-f]+)$/.exec(providerId ?? '')?.[1] ?? null;
}

/** Region of the zone, which may be a local one: `us-west-2-lax-1a`. */
function regionOf({ providerId }: Node): string | null {
  return /^aws:\/\/\/([a-z]{2,}(?:-[a-z]+)+-\d+)/.exec(providerId ?? '')?.[1] ?? null;
}

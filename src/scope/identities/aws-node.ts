/**
 * The role of the node, for pods that reach its metadata service. Version 1 answers whoever asks; version 2 answers a PUT
 * first, and that answer dies after `hopLimit` hops, of which a pod with a network of its own takes one more.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
 */
import type { AwsCluster, AwsEstate, AwsInstance } from '../../model/aws.ts';
import type { Hop } from '../../model/configured.ts';
import type { Node } from '../../model/kubernetes.ts';
import { instanceId, isOf } from './aws-cluster.ts';
import { ownHop, type PodContext, variable } from './context.ts';
import { metadataReach } from './metadata.ts';
import type { Found } from './rank.ts';

type NodeRole = { role: string; instance: AwsInstance | null; nodes: string[]; via: Hop };

/** One candidate a role: nodes of one group share theirs. */
export function nodeIdentities(context: PodContext, estate: AwsEstate, cluster: AwsCluster | null): Found[] {
  const roles = new Map<string, NodeRole>();
  for (const node of context.nodes) {
    const one = roleOf(node, estate, cluster);
    if (!one) continue;
    const known = roles.get(one.role);
    if (known) known.nodes.push(...one.nodes);
    else roles.set(one.role, one);
  }
  return [...roles.values()].map((one) => candidate(context, one));
}

function roleOf(node: Node, estate: AwsEstate, cluster: AwsCluster | null): NodeRole | null {
  const instance = instanceOf(node, estate);
  const nodes = [node.ref.name];
  const profile = estate.instanceProfiles.find(({ arn }) => arn === instance?.profile);
  if (instance && profile?.roles[0]) {
    const why = `its instance ${instance.id} carries ${profile.roles[0]}`;
    return { role: profile.roles[0], instance, nodes, via: hop(node, 'spec.providerID', why) };
  }
  const name = node.labels['eks.amazonaws.com/nodegroup'];
  const groups = estate.nodegroups.filter((one) => one.name === name && (!cluster || isOf(one, cluster)));
  const [group] = groups;
  // Of several clusters that have such a group, it is not known whose it is.
  if (!group || groups.some(({ role }) => role !== group.role)) return null;
  const why = `its node group ${group.name} runs as ${group.role}`;
  return {
    role: group.role,
    instance,
    nodes,
    via: hop(node, 'metadata.labels["eks.amazonaws.com/nodegroup"]', why),
  };
}

function instanceOf(node: Node, { instances }: AwsEstate): AwsInstance | null {
  const { ips } = node;
  const id = instanceId(node);
  return instances.find((one) => (id ? one.id === id : one.addresses.some((ip) => ips.includes(ip)))) ?? null;
}

function candidate(context: PodContext, { role, instance, nodes, via }: NodeRole): Found {
  const { state, reason, conditions } = reach(context, instance);
  const which = nodes.length === 1 ? `node ${nodes[0]}` : `${nodes.length} nodes, ${nodes[0]} for one`;
  return {
    cloud: 'aws',
    mechanism: 'node-identity',
    principal: `aws:${role}`,
    state,
    reason: `it runs on ${which}: ${reason}`,
    path: [ownHop(context, 'spec.nodeName', 'runs on the node'), via],
    conditions,
  };
}

function reach(
  context: PodContext,
  instance: AwsInstance | null,
): Pick<Found, 'state' | 'reason' | 'conditions'> {
  const network = metadataReach(context);
  if (network.state === 'no') return { state: 'unreachable', reason: network.reason, conditions: [] };
  const disabled = variable(context, 'AWS_EC2_METADATA_DISABLED')?.value?.toLowerCase() === 'true';
  const options = instance?.metadata ?? null;
  if (options && !options.endpoint)
    return {
      state: 'unreachable',
      reason: `the metadata service of ${instance!.id} is switched off`,
      conditions: [],
    };
  const far = options?.tokensRequired && options.hopLimit < 2 && !context.workload.hostNetwork;
  if (far)
    return {
      state: 'unreachable',
      reason: `${instance!.id} asks for tokens and lets them travel ${options.hopLimit} hop: a pod is one further`,
      conditions: [],
    };
  if (disabled)
    return {
      state: 'unknown',
      reason: `${network.reason}; AWS_EC2_METADATA_DISABLED keeps the SDKs from it, and nothing keeps anybody else`,
      conditions: ['a process asks the metadata service without an SDK'],
    };
  const unknown = [
    ...network.conditions,
    ...(options ? [] : ['the metadata options of its instance let a pod ask (hop limit of 2, or version 1)']),
  ];
  return network.state === 'yes' && unknown.length === 0
    ? { state: 'works', reason: network.reason, conditions: [] }
    : { state: 'unknown', reason: network.reason, conditions: unknown };
}

function hop(node: Node, field: string, why: string): Hop {
  return { object: `Node ${node.ref.name}`, ref: node.ref, field, why, inherited: true };
}

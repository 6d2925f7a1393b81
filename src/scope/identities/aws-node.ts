/**
 * The role of the node, for pods that reach its metadata service. Version 1 answers whoever asks; version 2 answers a PUT
 * first, and that answer dies after `hopLimit` hops, of which a pod with a network of its own takes one more.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
 */
import type { AwsCluster, AwsEstate, AwsInstance } from '../../model/aws.ts';
import type { Hop } from '../../model/configured.ts';
import type { Node } from '../../model/kubernetes.ts';
import { instanceId, isOf } from './aws-cluster.ts';
import { mayBeOf, ownHop, type PodContext, variable } from './context.ts';
import { metadataReach } from './metadata.ts';
import type { Found } from './rank.ts';

/** `role` null: which one is not told. */
type NodeRole = { role: string | null; instance: AwsInstance | null; node: string; via: Hop };

/** One candidate a role: nodes of one group share theirs. Those of whose role nothing was read are one too. */
export function nodeIdentities(context: PodContext, estate: AwsEstate, cluster: AwsCluster | null): Found[] {
  if (mayBeOf('aws', context)) return [nodesUnread(context, context.nodeGap ?? '')];
  const known = context.nodes.flatMap((node) => roleOf(node, estate, cluster) ?? []);
  return [...Map.groupBy(known, ({ role }) => role).values()].map((nodes) => candidate(context, nodes));
}

function nodesUnread(context: PodContext, gap: string): Found {
  const { state, reason, conditions } = reach(context, null);
  return {
    ...{ cloud: 'aws', mechanism: 'node-identity', principal: null, path: [] },
    state: state === 'unreachable' ? state : 'unknown',
    reason: state === 'unreachable' ? reason : `on which node it runs is not known: ${gap}`,
    conditions: state === 'unreachable' ? [] : [...conditions, `its node carries a role: ${gap}`],
  };
}

/** Null: its pods have none of it: it is of somebody else, of Fargate, or an instance without a profile. */
function roleOf(node: Node, estate: AwsEstate, cluster: AwsCluster | null): NodeRole | null {
  const instance = instanceOf(node, estate);
  const profile = estate.instanceProfiles.find(({ arn }) => arn === instance?.profile);
  if (instance && profile?.roles[0]) {
    const why = `its instance ${instance.id} carries ${profile.roles[0]}`;
    return { role: profile.roles[0], instance, node: node.ref.name, via: hop(node, 'spec.providerID', why) };
  }
  const name = node.labels['eks.amazonaws.com/nodegroup'];
  const groups = estate.nodegroups.filter((one) => one.name === name && (!cluster || isOf(one, cluster)));
  const [group] = groups;
  // Of several clusters that have such a group, it is not known whose it is.
  if (!group || groups.some(({ role }) => role !== group.role)) return untold(node, instance);
  const why = `its node group ${group.name} runs as ${group.role}`;
  return {
    role: group.role,
    instance,
    node: node.ref.name,
    via: hop(node, 'metadata.labels["eks.amazonaws.com/nodegroup"]', why),
  };
}

function untold(node: Node, instance: AwsInstance | null): NodeRole | null {
  if (instance && !instance.profile) return null;
  if (!/^aws:/.test(node.providerId ?? '') || node.labels[COMPUTE] === 'fargate') return null;
  const what = instance ? `its profile ${instance.profile}` : 'its instance';
  const via = hop(node, 'spec.providerID', `neither ${what} nor its node group was read`);
  return { role: null, instance, node: node.ref.name, via };
}

function instanceOf(node: Node, { instances }: AwsEstate): AwsInstance | null {
  const { ips } = node;
  const id = instanceId(node);
  return instances.find((one) => (id ? one.id === id : one.addresses.some((ip) => ips.includes(ip)))) ?? null;
}

const COMPUTE = 'eks.amazonaws.com/compute-type';
const STATES: readonly Found['state'][] = ['works', 'unknown', 'broken', 'unreachable'];

/** The node that answers best speaks for its role: where pods of the workload run on each, one is enough. */
function candidate(context: PodContext, nodes: readonly NodeRole[]): Found {
  const asked = nodes
    .map((one) => ({ ...one, ...reach(context, one.instance) }))
    .sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state));
  const { state, reason, conditions, node, role, via } = asked[0]!;
  const same = asked.filter((one) => one.state === state);
  const which = same.length === 1 ? `node ${node}` : `${same.length} nodes, ${node} for one`;
  const elsewhere = !context.placed && state === 'works' && same.length < context.nodes.length;
  const open = [
    ...(elsewhere ? [`a pod of it runs on ${which}`] : []),
    ...(role === null && state !== 'unreachable' ? [`a role of ${which}: ${via.why}`] : []),
  ];
  return {
    cloud: 'aws',
    mechanism: 'node-identity',
    principal: role === null ? null : `aws:${role}`,
    state: open.length > 0 ? 'unknown' : state,
    reason: `${context.placed ? 'it runs' : 'it may run'} on ${which}${role === null ? `, of whose role nothing is known (${via.why})` : ''}: ${reason}`,
    path: [ownHop(context, 'spec.nodeName', 'runs on the node'), via],
    conditions: [...conditions, ...open],
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

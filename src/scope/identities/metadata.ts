/** Whether a pod can reach the metadata service of its node, and by that become its node. */
import type { Hop } from '../../model/configured.ts';
import { METADATA_ADDRESS, ownHop, type PodContext } from './context.ts';

export type Reach = {
  state: 'yes' | 'no' | 'unknown';
  reason: string;
  path: readonly Hop[];
  conditions: readonly string[];
};

/** Policies of the network; pods of the node's network are asked by none. */
export function metadataReach(context: PodContext, address = METADATA_ADDRESS, port = 80): Reach {
  if (context.workload.hostNetwork)
    return {
      state: 'yes',
      reason: "it runs in its node's network, which reaches the metadata service",
      path: [ownHop(context, 'spec.template.spec.hostNetwork', "shares the node's network")],
      conditions: [],
    };
  const { verdict, reason, path, conditions } = context.egress(address, port);
  const where = `egress to the metadata service (${address} port ${port})`;
  if (verdict === 'deny') return { state: 'no', reason: `${where} is denied: ${reason}`, path, conditions };
  if (verdict === 'allow')
    return { state: 'yes', reason: `${where} is allowed: ${reason}`, path, conditions };
  const open = conditions.length > 0 ? conditions : [reason];
  return {
    state: 'unknown',
    reason: `whether ${where} is allowed is not known: ${reason}`,
    path,
    conditions: open,
  };
}

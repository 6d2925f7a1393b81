/** What the credential sources of a pod depend on, gathered once a workload. */
import type { Cloud, ConfiguredWorkload, Hop } from '../../model/configured.ts';
import type { Container, Node, ServiceAccount } from '../../model/kubernetes.ts';
import type { Answer } from '../../model/query.ts';
import { refName } from '../describe.ts';

export type PodContext = {
  workload: ConfiguredWorkload;
  /** Null: not among those read. */
  account: ServiceAccount | null;
  /** Why ServiceAccounts are not fully known; null: they are. */
  accountGap: string | null;
  /** Nodes on which its pods run, where known; else all of the cluster. */
  nodes: readonly Node[];
  /** Why nodes are not fully known; null: they are. */
  nodeGap: string | null;
  /** Clouds of which a managed cluster was read: it may be this one. */
  managedBy: readonly Cloud[];
  /** Whether its pods may make tokens of its ServiceAccount, for any audience. */
  mintsTokens: boolean;
  /** Whether a pod of it runs on each of them. */
  placed: boolean;
  /** Whether the pods may connect there, as policies decide. */
  egress(address: string, port: number): Answer;
};

/** Whether no node tells its cloud, since none was read, and no cluster of another cloud was that it may be. */
export function mayBeOf(cloud: Cloud, { nodes, nodeGap, managedBy }: PodContext): boolean {
  return nodes.length === 0 && nodeGap !== null && managedBy.every((one) => one === cloud);
}

/** The link-local address of the metadata services of all three clouds. */
export const METADATA_ADDRESS = '169.254.169.254';

export function ownHop({ workload }: PodContext, field: string, why: string): Hop {
  return { object: refName(workload.ref), ref: workload.ref, field, why, inherited: false };
}

export function accountHop({ workload, account }: PodContext, field: string, why: string): Hop {
  const object = `ServiceAccount ${workload.namespace}/${workload.serviceAccount}`;
  return { object, ref: account?.ref ?? null, field, why, inherited: false };
}

/** A variable of any container that runs with the pod: where it is set, and its value where that may be read. */
export function variable(
  { workload }: PodContext,
  name: string,
): { container: Container; from: Container['env'][number]; value: string | null } | null {
  for (const container of workload.containers) {
    const from = container.env.find((one) => one.name === name);
    if (from) return { container, from, value: container.identityEnv?.[name] ?? null };
  }
  return null;
}

export function annotation({ account }: PodContext, name: string): string | null {
  return account?.annotations[name] || null;
}

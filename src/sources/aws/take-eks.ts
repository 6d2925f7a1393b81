/** Answers of EKS and EC2. */
import { z } from 'zod';
import { accountOf, type Place, partitionOf, regionOf } from './place.ts';
import { parsePolicy } from './policy-document.ts';
import { arn, list, maybe, text, texts } from './schema.ts';
import { knowAccount, nameless, put, read, readEach, type Store } from './store.ts';

const clusterSchema = z.object({
  cluster: z.object({
    arn,
    name: text,
    endpoint: maybe,
    identity: z.object({ oidc: z.object({ issuer: maybe }).nullish() }).nullish(),
  }),
});

export function takeCluster(store: Store, document: unknown, place: Place): void {
  const found = read(store, clusterSchema, document, place, 'clusters')?.cluster;
  if (!found) return;
  const account = accountOf(found.arn) ?? place.account ?? '';
  const region = regionOf(found.arn) ?? place.region ?? '';
  const issuer = found.identity?.oidc?.issuer?.replace(/^https:\/\//, '') ?? null;
  const cluster = { arn: found.arn, name: found.name, account, region, issuer, endpoint: found.endpoint };
  put(store, store.clusters, found.arn, cluster, { account, region, collection: 'clusters' });
}

/** Other parts of EKS name their cluster by its name only. */
export function clusterArn(child: string, name: string): string {
  const head = child.split(':').slice(0, 5).join(':');
  return `${head}:cluster/${name}`;
}

const associationSchema = z.object({
  association: z.object({
    associationArn: arn,
    clusterName: text,
    namespace: text,
    serviceAccount: text,
    roleArn: arn,
    targetRoleArn: maybe,
    externalId: maybe,
    disableSessionTags: z.boolean().nullish(),
    policy: maybe,
  }),
});

export function takeAssociation(store: Store, document: unknown, place: Place): void {
  const found = read(store, associationSchema, document, place, 'pod-identity-associations')?.association;
  if (!found) return;
  const id = found.associationArn;
  const association = {
    ...{ arn: id, cluster: found.clusterName, clusterArn: clusterArn(id, found.clusterName) },
    ...{ namespace: found.namespace, serviceAccount: found.serviceAccount, role: found.roleArn },
    ...{ targetRole: found.targetRoleArn, externalId: found.externalId },
    disableSessionTags: found.disableSessionTags ?? false,
    sessionPolicy:
      found.policy === null
        ? null
        : parsePolicy(
            found.policy,
            'session',
            `session policy of ${found.namespace}/${found.serviceAccount}`,
          ),
  };
  const owner = { account: accountOf(id) ?? place.account, region: regionOf(id) ?? place.region };
  const collection = 'pod-identity-associations';
  put(store, store.podIdentities, id, association, { ...owner, collection });
}

const nodegroupSchema = z.object({
  nodegroup: z.object({ nodegroupArn: arn, nodegroupName: text, clusterName: text, nodeRole: arn }),
});

export function takeNodegroup(store: Store, document: unknown, place: Place): void {
  const found = read(store, nodegroupSchema, document, place, 'nodegroups')?.nodegroup;
  if (!found) return;
  const cluster = clusterArn(found.nodegroupArn, found.clusterName);
  const nodegroup = {
    ...{ cluster: found.clusterName, clusterArn: cluster },
    ...{ name: found.nodegroupName, role: found.nodeRole },
  };
  const owner = { account: accountOf(cluster) ?? place.account, region: regionOf(cluster) ?? place.region };
  put(store, store.nodegroups, `${cluster}/${found.nodegroupName}`, nodegroup, {
    ...owner,
    collection: 'nodegroups',
  });
}

const entrySchema = z.object({
  accessEntry: z.object({
    accessEntryArn: arn,
    clusterName: text,
    principalArn: arn,
    kubernetesGroups: texts,
  }),
});

export function takeAccessEntry(store: Store, document: unknown, place: Place): void {
  const found = read(store, entrySchema, document, place, 'access-entries')?.accessEntry;
  if (!found) return;
  const cluster = clusterArn(found.accessEntryArn, found.clusterName);
  const owner = { account: accountOf(cluster) ?? place.account, region: regionOf(cluster) ?? place.region };
  const entry = { principal: found.principalArn, groups: found.kubernetesGroups };
  put(store, store.accessEntries, entryKey(cluster, found.principalArn), entry, {
    ...owner,
    collection: 'access-entries',
  });
}

export function entryKey(cluster: string, principal: string): string {
  return `${cluster} ${principal}`;
}

const accessPoliciesSchema = z.object({
  clusterName: text,
  principalArn: arn,
  associatedAccessPolicies: list(z.object({ policyArn: arn })),
});

/** Names its cluster, but neither account nor region. */
export function takeAccessPolicies(store: Store, document: unknown, place: Place): void {
  const found = read(store, accessPoliciesSchema, document, place, 'access-entries');
  if (!found) return;
  const cluster = clusterAt(place, found.clusterName);
  if (cluster === null) {
    nameless(store, place, 'list-associated-access-policies/<cluster and ARN>.json');
    return;
  }
  const policies = found.associatedAccessPolicies.map(({ policyArn }) => policyArn);
  store.accessPolicies.set(entryKey(cluster, found.principalArn), policies);
}

/** ARN of a cluster from the place of a dump and the cluster's name; null where the place does not tell. */
export function clusterAt({ account, region }: Place, name: string): string | null {
  if (account === null || region === null) return null;
  return `arn:${partitionOf(region)}:eks:${region}:${account}:cluster/${name}`;
}

const instanceSchema = z.object({
  InstanceId: text,
  State: z.object({ Name: maybe }).nullish(),
  Placement: z.object({ AvailabilityZone: maybe }).nullish(),
  IamInstanceProfile: z.object({ Arn: maybe }).nullish(),
  PrivateDnsName: maybe,
  PrivateIpAddress: maybe,
  PublicIpAddress: maybe,
  NetworkInterfaces: list(
    z.object({
      PrivateIpAddresses: list(z.object({ PrivateIpAddress: maybe })),
      Ipv6Addresses: list(z.object({ Ipv6Address: maybe })),
    }),
  ),
  MetadataOptions: z
    .object({ HttpEndpoint: maybe, HttpTokens: maybe, HttpPutResponseHopLimit: z.number().nullish() })
    .nullish(),
});
const reservationSchema = z.object({ OwnerId: maybe, Instances: z.unknown().optional() });

export function takeInstances(store: Store, document: unknown, place: Place): void {
  if (place.account !== null) {
    knowAccount(store, place.account);
    store.listed.set(`instances:${place.account}`, new Set());
  }
  const source = { document, field: 'Reservations' };
  for (const one of readEach(store, reservationSchema, source, place, 'instances')) {
    const account = one.OwnerId ?? place.account;
    if (account !== null) store.listed.set(`instances:${account}`, new Set());
    const instances = { document: one, field: 'Instances' };
    for (const instance of readEach(store, instanceSchema, instances, { ...place, account }, 'instances'))
      takeInstance(store, instance, { ...place, account });
  }
}

type Instance = z.output<typeof instanceSchema>;

/** What has ended holds no identity any more. */
function takeInstance(store: Store, one: Instance, place: Place): void {
  if (one.State?.Name === 'terminated') return;
  const zone = one.Placement?.AvailabilityZone ?? '';
  const region = place.region ?? /^[a-z]{2,}(?:-[a-z]+)+-\d+/.exec(zone)?.[0] ?? '';
  const account = place.account ?? '';
  const instance = {
    ...{ id: one.InstanceId, account, region, profile: one.IamInstanceProfile?.Arn ?? null },
    ...{ privateDnsName: one.PrivateDnsName, addresses: addressesOf(one), metadata: metadataOf(one) },
  };
  put(store, store.instances, one.InstanceId, instance, { account, region, collection: 'instances' });
}

function addressesOf({ PrivateIpAddress, PublicIpAddress, NetworkInterfaces }: Instance): string[] {
  const more = NetworkInterfaces.flatMap(({ PrivateIpAddresses, Ipv6Addresses }) => [
    ...PrivateIpAddresses.map((one) => one.PrivateIpAddress),
    ...Ipv6Addresses.map((one) => one.Ipv6Address),
  ]);
  const all = [PrivateIpAddress, PublicIpAddress, ...more].filter((one) => one !== null);
  return [...new Set(all)].sort();
}

function metadataOf({ MetadataOptions: options }: Instance) {
  const hopLimit = options?.HttpPutResponseHopLimit;
  if (!options || options.HttpTokens === null || options.HttpEndpoint === null || hopLimit == null)
    return null;
  return {
    endpoint: options.HttpEndpoint === 'enabled',
    tokensRequired: options.HttpTokens === 'required',
    hopLimit,
  };
}

/** What an account is read for: collections, each with the resource that it belongs to and the dump that holds it. */
import type { ResourceName } from '../../model/kubernetes.ts';

export type AwsArea = 'iam' | 'organizations' | 'eks' | 'ec2';
export type AwsCollection = {
  name: CollectionName;
  resource: ResourceName;
  /** Null: never read live. */
  area: AwsArea | null;
  /** The AWS CLI's command whose answer shows it. */
  command: string;
};
export type CollectionName =
  | 'authorization-details'
  | 'managed-policies'
  | 'oidc-providers'
  | 'organization'
  | 'service-control-policies'
  | 'resource-control-policies'
  | 'clusters'
  | 'pod-identity-associations'
  | 'nodegroups'
  | 'access-entries'
  | 'instances'
  | 'resource-policies'
  | 'last-accessed';

function of(
  name: CollectionName,
  resource: ResourceName,
  area: AwsArea | null,
  command: string,
): AwsCollection {
  return { name, resource, area, command };
}

export const COLLECTIONS: readonly AwsCollection[] = [
  of('authorization-details', 'aws-iam', 'iam', 'iam get-account-authorization-details'),
  of('managed-policies', 'aws-iam', 'iam', 'iam get-policy-version'),
  of('oidc-providers', 'aws-iam', 'iam', 'iam list-open-id-connect-providers'),
  of('organization', 'aws-organizations', 'organizations', 'organizations describe-organization'),
  of(
    'service-control-policies',
    'aws-organizations',
    'organizations',
    'organizations list-policies-for-target --filter SERVICE_CONTROL_POLICY',
  ),
  of(
    'resource-control-policies',
    'aws-organizations',
    'organizations',
    'organizations list-policies-for-target --filter RESOURCE_CONTROL_POLICY',
  ),
  of('clusters', 'aws-eks', 'eks', 'eks describe-cluster'),
  of('pod-identity-associations', 'aws-eks', 'eks', 'eks list-pod-identity-associations'),
  of('nodegroups', 'aws-eks', 'eks', 'eks list-nodegroups'),
  of('access-entries', 'aws-eks', 'eks', 'eks list-access-entries'),
  of('instances', 'aws-ec2', 'ec2', 'ec2 describe-instances'),
  of('resource-policies', 'aws-resource-policies', null, 's3api get-bucket-policy'),
  of('last-accessed', 'aws-last-accessed', null, 'iam get-service-last-accessed-details'),
];

export const COLLECTION_BY_NAME: ReadonlyMap<string, AwsCollection> = new Map(
  COLLECTIONS.map((one) => [one.name, one]),
);

/** Which answer a document is: by what it holds, or by the command in whose place it lies. */
import type { Place } from './place.ts';
import type { Store } from './store.ts';
import {
  takeAccessEntry,
  takeAccessPolicies,
  takeAssociation,
  takeCluster,
  takeInstances,
  takeNodegroup,
} from './take-eks.ts';
import {
  takeAliases,
  takeAuthorizationDetails,
  takeCaller,
  takeInstanceProfiles,
  takeLastAccessed,
  takePolicyVersion,
  takeProvider,
  takeProviderList,
} from './take-iam.ts';
import { takeAssociationList, takeClusterList, takeEntryList, takeNodegroupList } from './take-lists.ts';
import {
  takeOrganization,
  takeOrganizationPolicy,
  takeParents,
  takePoliciesForTarget,
} from './take-organization.ts';
import {
  takeAttributes,
  takeBucketPolicy,
  takeFunctionPolicy,
  takeKeyPolicy,
  takeSecretPolicy,
} from './take-resource.ts';
import { takeRows } from './take-rows.ts';

type Json = Readonly<Record<string, unknown>>;
export type Dump = {
  command: string;
  /** What no other answer holds; absent: only its place tells. */
  is?: (document: Json) => boolean;
  take(store: Store, document: unknown, place: Place): void;
};

function has(...keys: readonly string[]): (document: Json) => boolean {
  return (document) => keys.every((key) => Object.hasOwn(document, key));
}

/** `{cluster: {arn: "arn:aws:eks:…"}}` */
function eks(key: string, field: string): (document: Json) => boolean {
  return (document) => /^arn:[\w-]+:eks:/.test(String(inner(document, key)?.[field]));
}

function inner(document: Json, key: string): Json | null {
  const value = Object.hasOwn(document, key) ? document[key] : null;
  return typeof value === 'object' && value !== null ? (value as Json) : null;
}

function first(document: Json, key: string): Json | null {
  const items = Object.hasOwn(document, key) ? document[key] : null;
  const [one] = Array.isArray(items) ? (items as unknown[]) : [];
  return typeof one === 'object' && one !== null ? (one as Json) : null;
}

function isDetails(document: Json): boolean {
  return ['UserDetailList', 'GroupDetailList', 'RoleDetailList'].some((key) => Object.hasOwn(document, key));
}

function isAttributes(document: Json): boolean {
  return /^arn:/.test(
    String(inner(document, 'Attributes')?.QueueArn ?? inner(document, 'Attributes')?.TopicArn),
  );
}

/** A policy as text, and nothing that says of what. */
function isPolicyText({ Policy }: Json): boolean {
  return typeof Policy === 'string' && Policy.includes('Statement');
}

export const DUMPS: readonly Dump[] = [
  { command: 'get-account-authorization-details', is: isDetails, take: takeAuthorizationDetails },
  { command: 'get-caller-identity', is: has('UserId', 'Account', 'Arn'), take: takeCaller },
  { command: 'list-account-aliases', is: has('AccountAliases'), take: takeAliases },
  {
    command: 'list-open-id-connect-providers',
    is: has('OpenIDConnectProviderList'),
    take: takeProviderList,
  },
  { command: 'get-open-id-connect-provider', is: has('Url', 'ClientIDList'), take: takeProvider },
  { command: 'list-instance-profiles', is: has('InstanceProfiles'), take: takeInstanceProfiles },
  {
    command: 'get-policy-version',
    is: (document) => inner(document, 'PolicyVersion') !== null,
    take: takePolicyVersion,
  },
  { command: 'get-service-last-accessed-details', is: has('ServicesLastAccessed'), take: takeLastAccessed },
  { command: 'describe-cluster', is: eks('cluster', 'arn'), take: takeCluster },
  { command: 'list-clusters', take: takeClusterList },
  {
    command: 'describe-pod-identity-association',
    is: eks('association', 'associationArn'),
    take: takeAssociation,
  },
  {
    command: 'list-pod-identity-associations',
    is: (document) => typeof first(document, 'associations')?.serviceAccount === 'string',
    take: takeAssociationList,
  },
  { command: 'describe-nodegroup', is: eks('nodegroup', 'nodegroupArn'), take: takeNodegroup },
  { command: 'list-nodegroups', is: has('nodegroups'), take: takeNodegroupList },
  { command: 'describe-access-entry', is: eks('accessEntry', 'accessEntryArn'), take: takeAccessEntry },
  { command: 'list-access-entries', is: has('accessEntries'), take: takeEntryList },
  {
    command: 'list-associated-access-policies',
    is: has('associatedAccessPolicies', 'clusterName', 'principalArn'),
    take: takeAccessPolicies,
  },
  { command: 'describe-instances', is: has('Reservations'), take: takeInstances },
  {
    command: 'describe-organization',
    is: (document) => typeof inner(document, 'Organization')?.MasterAccountId === 'string',
    take: takeOrganization,
  },
  { command: 'list-parents', is: has('Parents'), take: takeParents },
  {
    command: 'list-policies-for-target',
    is: (document) => /^p-/.test(String(first(document, 'Policies')?.Id)),
    take: takePoliciesForTarget,
  },
  {
    command: 'describe-policy',
    is: (document) => inner(inner(document, 'Policy') ?? {}, 'PolicySummary') !== null,
    take: takeOrganizationPolicy,
  },
  { command: 'get-key-policy', is: has('Policy', 'PolicyName'), take: takeKeyPolicy },
  { command: 'get-policy', is: has('Policy', 'RevisionId'), take: takeFunctionPolicy },
  { command: 'get-bucket-policy', is: isPolicyText, take: takeBucketPolicy },
  { command: 'get-queue-attributes', is: isAttributes, take: takeAttributes },
  { command: 'get-topic-attributes', take: takeAttributes },
  {
    command: 'get-resource-policy',
    is: (document) => /^arn:[\w-]+:secretsmanager:/.test(String(document.ARN)),
    take: takeSecretPolicy,
  },
  { command: 'coverage', is: has('aiSpmAwsCoverage'), take: takeRows },
];

const BY_COMMAND = new Map(DUMPS.map((dump) => [dump.command, dump]));

/** The place wins: it was chosen to tell what the content does not. Null: nothing of AWS. */
export function dumpOf(document: unknown, place: Place): Dump | null {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return null;
  const placed = place.command === null ? undefined : BY_COMMAND.get(place.command);
  if (placed) return placed;
  // An object of Kubernetes may have any field.
  if (Object.hasOwn(document, 'apiVersion') && Object.hasOwn(document, 'kind')) return null;
  return DUMPS.find(({ is }) => is?.(document as Json)) ?? null;
}

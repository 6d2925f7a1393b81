/** Policies of resources, as the AWS CLI dumps them: most do not say whose they are. */
import { z } from 'zod';
import { accountOf, type Place, partitionOf } from './place.ts';
import { parsePolicy } from './policy-document.ts';
import { maybe, text } from './schema.ts';
import { nameless, put, read, type Store } from './store.ts';

const EMPTY = { Version: '2012-10-17', Statement: [] };
const COLLECTION = 'resource-policies';
/** Policies are at most 32 KiB, and are bounded again where they are parsed. */
const document = z.string().nullish();

/** Null or absent: the resource has none, which `{}` in its place says too. */
function putPolicy(store: Store, resource: string, given: unknown, place: Place): void {
  const account = accountOf(resource) ?? place.account;
  const policy = parsePolicy(given || EMPTY, 'resource', `policy of ${resource}`);
  put(
    store,
    store.resourcePolicies,
    resource,
    { resource, account, policy },
    { account, collection: COLLECTION },
  );
}

const policySchema = z.object({ Policy: document });

type Naming = (name: string, place: Place & { account: string }) => string | null;

function taker(command: string, arnOf: Naming) {
  return (store: Store, given: unknown, place: Place): void => {
    const found = read(store, policySchema, given, place, COLLECTION);
    if (!found) return;
    const resource = place.name === null ? null : resourceOf(place.name, place, arnOf);
    if (resource === null) {
      nameless(store, place, `${command}/<name or ARN>.json`);
      return;
    }
    putPolicy(store, resource, found.Policy, place);
  };
}

function resourceOf(name: string, place: Place, arnOf: Naming): string | null {
  if (name.startsWith('arn:')) return name;
  return place.account === null ? null : arnOf(name, { ...place, account: place.account });
}

export const takeBucketPolicy = taker(
  'get-bucket-policy',
  (name, { region }) => `arn:${partitionOf(region)}:s3:::${name}`,
);
export const takeKeyPolicy = taker('get-key-policy', (name, { account, region }) =>
  region === null ? null : `arn:${partitionOf(region)}:kms:${region}:${account}:key/${name}`,
);
export const takeFunctionPolicy = taker('get-policy', (name, { account, region }) =>
  region === null ? null : `arn:${partitionOf(region)}:lambda:${region}:${account}:function:${name}`,
);

const attributesSchema = z.object({
  Attributes: z.object({ QueueArn: maybe, TopicArn: maybe, Policy: document }).nullish(),
});

export function takeAttributes(store: Store, given: unknown, place: Place): void {
  const found = read(store, attributesSchema, given, place, COLLECTION);
  if (!found) return;
  const named = place.name?.startsWith('arn:') ? place.name : null;
  const resource = found.Attributes?.QueueArn ?? found.Attributes?.TopicArn ?? named;
  if (resource === null) {
    nameless(store, place, `${place.command ?? 'get-queue-attributes'}/<ARN>.json`);
    return;
  }
  putPolicy(store, resource, found.Attributes?.Policy, place);
}

const secretSchema = z.object({ ARN: text.nullish(), ResourcePolicy: document });

export function takeSecretPolicy(store: Store, given: unknown, place: Place): void {
  const found = read(store, secretSchema, given, place, COLLECTION);
  if (!found) return;
  const resource = found.ARN ?? place.name;
  if (!resource?.startsWith('arn:')) {
    nameless(store, place, 'get-resource-policy/<ARN>.json');
    return;
  }
  putPolicy(store, resource, found.ResourcePolicy, place);
}

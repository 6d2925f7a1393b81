/**
 * Condition keys that follow from the request itself (IAM User Guide, "AWS global condition context keys"). What depends
 * on the network, the time or the session's making is not known, unless the question says it.
 */
import type { AwsTags } from '../../model/aws.ts';
import type { Caller, CallerType } from './caller.ts';
import type { Lookup } from './context.ts';
import { ofResource, type ResourceFacts } from './resource-facts.ts';
import { tagValue } from './tag-value.ts';

export type Facts = ResourceFacts & {
  caller: Caller;
  /** Name of a user. */
  name: string | null;
  /** Null: not known, or a session may bring others. */
  tags: AwsTags | null;
  /** Tags that are there, with values that are not known. */
  openTags?: readonly string[];
};
/** Keys in lower case; an empty list says that the key is absent. */
export type Given = Readonly<Record<string, readonly string[]>>;

/** Keys of requests that services make by themselves. */
const OF_SERVICES = new Set([
  'aws:sourcearn',
  'aws:sourceaccount',
  'aws:sourceorgid',
  'aws:sourceorgpaths',
  'aws:principalservicenameslist',
]);
const TYPES: Readonly<Record<CallerType, readonly string[] | null>> = {
  role: ['AssumedRole'],
  session: ['AssumedRole'],
  user: ['User'],
  'federated-user': ['FederatedUser'],
  root: ['Account'],
  anonymous: ['Anonymous'],
  service: null,
  federated: null,
};
const PRINCIPAL_TAG = 'aws:principaltag/';

export function lookupOf(facts: Facts, given: Given): Lookup {
  return (key) => (Object.hasOwn(given, key) ? given[key]! : derived(key, facts));
}

function derived(key: string, facts: Facts): readonly string[] | null {
  const { caller } = facts;
  if (key.startsWith(PRINCIPAL_TAG)) return tagOf(facts, key.slice(PRINCIPAL_TAG.length));
  if (OF_SERVICES.has(key)) return caller.account === null ? null : [];
  switch (key) {
    case 'aws:principalarn':
      return ofCaller(caller, caller.role ?? caller.id);
    case 'aws:principalaccount':
      return caller.type === 'anonymous' ? [caller.type] : ofCaller(caller, caller.account);
    case 'kms:calleraccount':
      return ofCaller(caller, caller.account);
    case 'aws:principalservicename':
      return caller.type === 'service' ? [caller.id] : absentOr(caller.type);
    case 'aws:userid':
      return userIdOf(caller);
    case 'aws:principaltype':
      return TYPES[caller.type];
    case 'aws:principalisawsservice':
      return caller.type === 'federated' ? null : [String(caller.type === 'service')];
    case 'aws:username':
      return usernameOf(facts);
    case 'aws:principalorgid':
      return caller.account === null ? absentOr(caller.type) : facts.membershipOf(caller.account).id;
    case 'aws:principalorgpaths':
      return caller.account === null ? absentOr(caller.type) : facts.membershipOf(caller.account).paths;
    case 'aws:requestedregion':
      return isOnlyRegion(facts) ? ['us-east-1'] : ofResource(key, facts);
    default:
      return ofResource(key, facts);
  }
}

/** IAM has one endpoint ("aws:RequestedRegion"), which is elsewhere in other partitions. */
function isOnlyRegion({ action, caller }: Facts): boolean {
  return action.startsWith('iam:') && caller.id.startsWith('arn:aws:');
}

function ofCaller({ type }: Caller, value: string | null): readonly string[] | null {
  return type === 'service' || type === 'federated' || value === null ? absentOr(type) : [value];
}

/** Who is not of IAM has no such keys; of federated callers not all is known. */
function absentOr(type: CallerType): readonly string[] | null {
  return type === 'federated' ? null : [];
}

function usernameOf({ caller, name }: Facts): readonly string[] | null {
  if (caller.type === 'federated') return null;
  return caller.type === 'user' && name !== null ? [name] : [];
}

function tagOf({ tags, openTags = [], caller }: Facts, key: string): readonly string[] | null {
  if (openTags.some((name) => name.toLowerCase() === key)) return null;
  if (tags === null) return caller.type === 'service' || caller.type === 'anonymous' ? [] : null;
  return tagValue(tags, key);
}

/** Unique ids of users and roles were not read (IAM User Guide, "Principal key values"). */
function userIdOf({ type, account, id }: Caller): readonly string[] | null {
  if (type === 'federated-user') return [`${account}:${id.slice(id.indexOf('/') + 1)}`];
  if (type === 'anonymous') return [type];
  if (type === 'service') return [];
  return type === 'root' && account !== null ? [account] : null;
}

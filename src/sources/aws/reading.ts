/** One account being read: answers go to the builder and to who saves them; what is refused is said and survived. */
import { UserError } from '../../errors.ts';
import type { AwsBuilder } from './builder.ts';
import type { AwsCall } from './calls.ts';
import type { Call } from './client.ts';
import type { CollectionName } from './collections.ts';
import { outcomeOf } from './errors.ts';
import { isLongName, NAME_KEY, pathOf } from './place.ts';

/** Hears what was answered, as the dump that it would be. */
export type AwsObserver = { document(path: string, text: string): void };

export type Reading = {
  account: string;
  call: Call;
  builder: AwsBuilder;
  /** In words, for who has to renew them. */
  credentials: string;
  observer: AwsObserver | null;
};

const MAX_PAGES = 10_000;
const PARALLEL = 4;

type Where = { region?: string | null; name?: string | null };

/** Only members that are used are kept: nobody needs the rest, and it may hold what nobody should save. */
export function emit(reading: Reading, command: string, answer: unknown, where: Where = {}): void {
  const { region = null, name = null } = where;
  const path = pathOf({ account: reading.account, region, command, name });
  const named = name !== null && isLongName(name) ? { ...(answer as object), [NAME_KEY]: name } : answer;
  const text = JSON.stringify(named, KEPT, 1);
  reading.builder.add(JSON.parse(text), path);
  reading.observer?.document(path, text);
}

/** @returns whether it worked; if not, why has become coverage. @throws UserError where the credentials are at an end */
export async function attempt(
  reading: Reading,
  { collection, region = null }: { collection: CollectionName; region?: string | null },
  work: (call: Call) => Promise<void>,
): Promise<boolean> {
  let last: AwsCall = 'sts.GetCallerIdentity';
  let answers = 0;
  try {
    await work(async (call, input, where) => {
      const answer = await reading.call(call, input, where).catch((error: unknown) => {
        last = call;
        throw error;
      });
      answers++;
      return answer;
    });
    return true;
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { status, reason } = outcomeOf(error, last, reading.credentials);
    const partly = answers === 0 ? '' : ` after ${answers} answers, which are kept`;
    reading.builder.refuse({
      ...{ account: reading.account, region, collection, status },
      reason: `${reason}${partly}`,
    });
    return false;
  }
}

type Page = Readonly<Record<string, unknown>>;
/** Names that an API gives to the token of the next page, in answers and in requests. */
export type Tokens = { answer: string; input: string };
export const MARKER: Tokens = { answer: 'Marker', input: 'Marker' };
export const NEXT: Tokens = { answer: 'NextToken', input: 'NextToken' };
export const EKS_NEXT: Tokens = { answer: 'nextToken', input: 'nextToken' };

/** Until no further page is named; IAM may give fewer items than asked for, or none, before the last page. */
export async function* pagesOf(
  send: (token: object) => Promise<unknown>,
  { answer, input }: Tokens,
): AsyncGenerator<Page> {
  const seen = new Set<unknown>();
  for (let token: unknown = null; ; ) {
    const page = ((await send(token === null ? {} : { [input]: token })) ?? {}) as Page;
    yield page;
    if (page.IsTruncated === false) return;
    token = page[answer] ?? null;
    if (token === null || token === '') {
      if (page.IsTruncated === true) throw new Error('a page that says there are more, and not where');
      return;
    }
    if (seen.has(token)) throw new Error('the same page again and again');
    if (seen.size >= MAX_PAGES) throw new Error(`more than ${MAX_PAGES} pages`);
    seen.add(token);
  }
}

/** All pages' items of one list. */
export async function itemsOf(
  field: string,
  send: (token: object) => Promise<unknown>,
  tokens: Tokens,
): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const page of pagesOf(send, tokens)) {
    const more = page[field] ?? [];
    if (!Array.isArray(more)) throw new Error(`${field}: expected a list`);
    for (const item of more) items.push(item);
  }
  return items;
}

export async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items].values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

/** Of every answer, at any depth; documents of policies are texts and come whole. */
const KEPT = `
Account Arn UserId AccountAliases OpenIDConnectProviderList Url ClientIDList IsTruncated NextToken aiSpmName
UserDetailList GroupDetailList RoleDetailList Policies UserName GroupName RoleName PolicyName Path CreateDate
UserPolicyList GroupPolicyList RolePolicyList PolicyDocument AssumeRolePolicyDocument GroupList
AttachedManagedPolicies PolicyArn PermissionsBoundary PermissionsBoundaryArn Tags Key Value InstanceProfileList Roles
DefaultVersionId PolicyVersionList PolicyVersion Document VersionId IsDefaultVersion
JobStatus ServicesLastAccessed ServiceNamespace LastAuthenticated TrackedActionsLastAccessed ActionName
LastAccessedTime
clusters cluster arn name endpoint identity oidc issuer associations association associationArn associationId
clusterName namespace serviceAccount roleArn targetRoleArn externalId disableSessionTags policy
nodegroups nodegroup nodegroupArn nodegroupName nodeRole
accessEntries accessEntry accessEntryArn principalArn kubernetesGroups associatedAccessPolicies policyArn
Reservations OwnerId Instances InstanceId State Name Placement AvailabilityZone IamInstanceProfile PrivateDnsName
PrivateIpAddress PublicIpAddress NetworkInterfaces PrivateIpAddresses Ipv6Addresses Ipv6Address MetadataOptions
HttpEndpoint HttpTokens HttpPutResponseHopLimit
Organization Id MasterAccountId Parents Type Policy PolicySummary Content
`
  .trim()
  .split(/\s+/);

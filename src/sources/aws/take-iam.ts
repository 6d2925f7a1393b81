/** Answers of IAM and STS. */
import { z } from 'zod';
import { accountOf, type Place } from './place.ts';
import { parsePolicy } from './policy-document.ts';
import { arn, attached, boundary, inline, list, maybe, tags, text, texts, time } from './schema.ts';
import { damage, knowAccount, nameless, type Owner, put, read, readEach, type Store, warn } from './store.ts';

const DETAILS = 'authorization-details';

const userSchema = z.object({
  Arn: arn,
  UserName: text,
  UserPolicyList: inline,
  GroupList: texts,
  AttachedManagedPolicies: attached,
  PermissionsBoundary: boundary,
  Tags: tags,
});
const groupSchema = z.object({
  Arn: arn,
  GroupName: text,
  GroupPolicyList: inline,
  AttachedManagedPolicies: attached,
});
const profileSchema = z.object({ Arn: arn, Roles: list(z.object({ Arn: arn })) });
const roleSchema = z.object({
  Arn: arn,
  Path: text.nullish(),
  RoleName: text,
  CreateDate: time,
  AssumeRolePolicyDocument: z.unknown().optional(),
  RolePolicyList: inline,
  AttachedManagedPolicies: attached,
  PermissionsBoundary: boundary,
  Tags: tags,
  InstanceProfileList: list(profileSchema),
});
const listedVersionSchema = z.object({
  VersionId: text.nullish(),
  IsDefaultVersion: z.boolean().nullish(),
  Document: z.unknown().optional(),
});
type Version = z.output<typeof listedVersionSchema>;
const policySchema = z.object({
  Arn: arn,
  DefaultVersionId: text.nullish(),
  PolicyVersionList: list(listedVersionSchema),
});
const pageSchema = z.object({ IsTruncated: z.boolean().nullish(), NextToken: maybe });

/** A page may carry parts of all four lists, and be empty before the last. */
export function takeAuthorizationDetails(store: Store, document: unknown, place: Place): void {
  const owner = ownerOf(document, place);
  const page = read(store, pageSchema, document, { ...place, account: owner }, DETAILS);
  takeUsers(store, document, place, owner);
  takeGroups(store, document, place, owner);
  takeRoles(store, document, place, owner);
  takePolicies(store, document, place, owner);
  if (owner === null) return;
  knowAccount(store, owner);
  const last = page !== null && !page.IsTruncated && page.NextToken === null;
  store.pages.set(owner, last || (store.pages.get(owner) ?? false));
}

/** Whose account a page is: its first ARN says so, else its place. */
function ownerOf(document: unknown, place: Place): string | null {
  const lists = document as Record<string, unknown>;
  for (const field of ['RoleDetailList', 'UserDetailList', 'GroupDetailList', 'Policies']) {
    const items = lists[field];
    for (const item of Array.isArray(items) ? items : []) {
      const account = accountOf(String((item as { Arn?: unknown } | null)?.Arn));
      if (account !== null) return account;
    }
  }
  return place.account;
}

type Taker = (store: Store, document: unknown, place: Place, owner: string | null) => void;

const takeUsers: Taker = (store, document, place, owner) => {
  const source = { document, field: 'UserDetailList' };
  for (const one of readEach(store, userSchema, source, { ...place, account: owner }, DETAILS)) {
    const account = accountOf(one.Arn) ?? owner ?? '';
    const user = {
      ...{ arn: one.Arn, name: one.UserName, account, inline: one.UserPolicyList },
      ...{ attached: one.AttachedManagedPolicies, groups: one.GroupList },
      ...{ boundary: one.PermissionsBoundary, tags: one.Tags },
    };
    put(store, store.users, one.Arn, user, { account, collection: DETAILS });
  }
};

const takeGroups: Taker = (store, document, place, owner) => {
  const source = { document, field: 'GroupDetailList' };
  for (const one of readEach(store, groupSchema, source, { ...place, account: owner }, DETAILS)) {
    const account = accountOf(one.Arn) ?? owner ?? '';
    const group = {
      ...{ arn: one.Arn, name: one.GroupName, account },
      ...{ inline: one.GroupPolicyList, attached: one.AttachedManagedPolicies },
    };
    put(store, store.groups, one.Arn, group, { account, collection: DETAILS });
  }
};

const takeRoles: Taker = (store, document, place, owner) => {
  const source = { document, field: 'RoleDetailList' };
  for (const one of readEach(store, roleSchema, source, { ...place, account: owner }, DETAILS)) {
    const account = accountOf(one.Arn) ?? owner ?? '';
    const role = {
      ...{ arn: one.Arn, name: one.RoleName, account, path: one.Path ?? '/' },
      ...{ inline: one.RolePolicyList, attached: one.AttachedManagedPolicies },
      trust: parsePolicy(one.AssumeRolePolicyDocument, 'trust', `trust policy of ${one.RoleName}`),
      ...{ boundary: one.PermissionsBoundary, tags: one.Tags, created: one.CreateDate },
      instanceProfiles: one.InstanceProfileList.map((profile) => profile.Arn),
    };
    put(store, store.roles, one.Arn, role, { account, collection: DETAILS });
    for (const profile of one.InstanceProfileList) takeProfile(store, profile);
  }
};

const takePolicies: Taker = (store, document, place, owner) => {
  const source = { document, field: 'Policies' };
  const where = { ...place, account: owner };
  for (const one of readEach(store, policySchema, source, where, DETAILS)) {
    const version = one.PolicyVersionList.find(
      ({ IsDefaultVersion, VersionId }) =>
        IsDefaultVersion ?? (VersionId != null && VersionId === one.DefaultVersionId),
    );
    const others =
      accountOf(one.Arn) === null ? undefined : one.PolicyVersionList.filter((other) => other !== version);
    if (version) putPolicy(store, one.Arn, version.Document, others);
    else damage(store, owner, DETAILS, `${place.label}: policy ${one.Arn} without its default version`);
  }
};

/** AWS's own policies are the same for everybody, and are of no account. */
function putPolicy(store: Store, id: string, document: unknown, others?: readonly Version[]): void {
  const name = id.slice(id.lastIndexOf('/') + 1);
  const versions = others?.map((one) => parsePolicy(one.Document, `${id} ${one.VersionId ?? '?'}`, name));
  const policy = { ...parsePolicy(document, id, name), ...(versions ? { versions } : {}) };
  put(store, store.policies, id, policy, { account: accountOf(id), collection: DETAILS });
}

function takeProfile(store: Store, profile: z.output<typeof profileSchema>): void {
  const roles = profile.Roles.map((role) => role.Arn);
  store.instanceProfiles.set(profile.Arn, { arn: profile.Arn, roles });
}

export function takeInstanceProfiles(store: Store, document: unknown, place: Place): void {
  const source = { document, field: 'InstanceProfiles' };
  for (const profile of readEach(store, profileSchema, source, place, DETAILS)) takeProfile(store, profile);
}

const versionSchema = z.object({ PolicyVersion: z.object({ Document: z.unknown().optional() }) });

export function takePolicyVersion(store: Store, document: unknown, place: Place): void {
  const version = read(store, versionSchema, document, place, 'managed-policies');
  if (version === null) return;
  if (!place.name?.startsWith('arn:')) {
    nameless(store, place, 'get-policy-version/<ARN>.json');
    return;
  }
  putPolicy(store, place.name, version.PolicyVersion.Document);
}

const callerSchema = z.object({ Account: text.regex(/^\d{12}$/, 'expected an account id'), Arn: arn });

export function takeCaller(store: Store, document: unknown, place: Place): void {
  const caller = read(store, callerSchema, document, place, DETAILS);
  if (caller) knowAccount(store, caller.Account).origin = `read as ${caller.Arn}`;
}

const aliasSchema = z.object({ AccountAliases: texts });

export function takeAliases(store: Store, document: unknown, place: Place): void {
  const found = aliasSchema.safeParse(document);
  if (!found.success) {
    warn(store, `${place.label}: AccountAliases: expected a list of texts`);
    return;
  }
  const [alias] = found.data.AccountAliases;
  if (alias === undefined) return;
  if (place.account === null) {
    nameless(store, place, 'list-account-aliases.json');
    return;
  }
  knowAccount(store, place.account).alias = alias;
}

const providersSchema = z.object({ OpenIDConnectProviderList: list(z.object({ Arn: arn })) });

export function takeProviderList(store: Store, document: unknown, place: Place): void {
  const found = read(store, providersSchema, document, place, 'oidc-providers');
  if (!found) return;
  const arns = found.OpenIDConnectProviderList.map(({ Arn }) => Arn);
  const account = place.account ?? accountOf(arns[0] ?? '');
  if (account === null) {
    nameless(store, place, 'list-open-id-connect-providers.json');
    return;
  }
  knowAccount(store, account);
  store.listed.set(`oidc-providers:${account}`, new Set(arns));
}

const providerSchema = z.object({ Url: text, ClientIDList: texts });

export function takeProvider(store: Store, document: unknown, place: Place): void {
  const found = read(store, providerSchema, document, place, 'oidc-providers');
  if (!found) return;
  const named = place.name?.startsWith('arn:') ? place.name : null;
  const account = place.account ?? accountOf(named ?? '');
  if (account === null) {
    nameless(store, place, 'get-open-id-connect-provider/<ARN>.json');
    return;
  }
  const url = found.Url.replace(/^https:\/\//, '');
  const id = named ?? `arn:aws:iam::${account}:oidc-provider/${url}`;
  const owner: Owner = { account, collection: 'oidc-providers' };
  put(store, store.oidcProviders, id, { arn: id, account, url, clientIds: found.ClientIDList }, owner);
}

const accessedSchema = z.object({
  JobStatus: maybe,
  ServicesLastAccessed: list(
    z.object({
      ServiceNamespace: text,
      LastAuthenticated: time,
      TrackedActionsLastAccessed: list(z.object({ ActionName: text, LastAccessedTime: time })),
    }),
  ),
});

export function takeLastAccessed(store: Store, document: unknown, place: Place): void {
  const found = read(store, accessedSchema, document, place, 'last-accessed');
  if (!found) return;
  const principal = place.name;
  const account = place.account ?? accountOf(principal ?? '');
  if (!principal?.startsWith('arn:') || account === null) {
    nameless(store, place, 'get-service-last-accessed-details/<ARN of the principal>.json');
    return;
  }
  if (found.JobStatus !== null && found.JobStatus !== 'COMPLETED') {
    damage(store, account, 'last-accessed', `${place.label}: its job is ${found.JobStatus}`);
    return;
  }
  const rows = found.ServicesLastAccessed.flatMap(({ ServiceNamespace: service, ...rest }) => [
    { principal, service, action: null, last: rest.LastAuthenticated },
    ...rest.TrackedActionsLastAccessed.map(({ ActionName, LastAccessedTime }) => ({
      ...{ principal, service, action: ActionName, last: LastAccessedTime },
    })),
  ]);
  put(store, store.lastAccessed, principal, rows, { account, collection: 'last-accessed' });
}

/** Answers of Organizations: the way from an account to its root, and the policies on it. */
import { z } from 'zod';
import { accountOf, type Place } from './place.ts';
import { parsePolicy } from './policy-document.ts';
import { list, text } from './schema.ts';
import { knowAccount, nameless, put, read, type Store } from './store.ts';

const organizationSchema = z.object({
  Organization: z
    .object({ Id: text, MasterAccountId: text.regex(/^\d{12}$/, 'expected an account id') })
    .nullish(),
});

/** `{}` is what is saved where an account is in no organization: the CLI then answers with an error only. */
export function takeOrganization(store: Store, document: unknown, place: Place): void {
  const found = read(store, organizationSchema, document, place, 'organization');
  if (!found) return;
  const { Organization: one } = found;
  const account = place.account ?? one?.MasterAccountId ?? null;
  if (account === null) {
    nameless(store, place, 'describe-organization.json');
    return;
  }
  knowAccount(store, account);
  store.organizations.set(account, one ? { id: one.Id, managementAccount: one.MasterAccountId } : null);
}

const parentsSchema = z.object({ Parents: list(z.object({ Id: text })) });

export function takeParents(store: Store, document: unknown, place: Place): void {
  const found = read(store, parentsSchema, document, place, 'organization');
  if (!found) return;
  if (place.name === null) {
    nameless(store, place, 'list-parents/<account or OU>.json');
    return;
  }
  const [parent] = found.Parents;
  if (parent) store.parents.set(place.name, parent.Id);
}

const targetSchema = z.object({ Policies: list(z.object({ Id: text, Type: text.nullish() })) });
/** `ou-ab12-c3d4e5f6.SERVICE_CONTROL_POLICY` */
const TARGET = /^(\w[\w-]*)\.(SERVICE_CONTROL_POLICY|RESOURCE_CONTROL_POLICY)$/;

/** An empty list says neither its target nor the type that was asked for. */
export function takePoliciesForTarget(store: Store, document: unknown, place: Place): void {
  const found = read(store, targetSchema, document, place, 'service-control-policies');
  if (!found) return;
  const [, target, type] = TARGET.exec(place.name ?? '') ?? [];
  if (!target || !type) {
    nameless(store, place, 'list-policies-for-target/<target>.<type of the filter>.json');
    return;
  }
  store.targets.set(
    `${target}:${type}`,
    found.Policies.map(({ Id }) => Id),
  );
}

const policySchema = z.object({
  Policy: z.object({
    PolicySummary: z.object({ Id: text, Name: text, Type: text, Arn: text.nullish() }),
    Content: z.unknown().optional(),
  }),
});

/** Tag, backup and AI opt-out policies are of the same API, and decide nothing. */
export function takeOrganizationPolicy(store: Store, document: unknown, place: Place): void {
  const found = read(store, policySchema, document, place, 'service-control-policies')?.Policy;
  if (!found) return;
  const { Id, Name, Type: type } = found.PolicySummary;
  const resource = type === 'RESOURCE_CONTROL_POLICY';
  if (!resource && type !== 'SERVICE_CONTROL_POLICY') return;
  const account = place.account ?? accountOf(found.PolicySummary.Arn ?? '');
  const collection = resource ? 'resource-control-policies' : 'service-control-policies';
  const policy = { policy: parsePolicy(found.Content, Id, Name), type };
  put(store, store.organizationPolicies, Id, policy, { account, collection });
}

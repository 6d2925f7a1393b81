/** All layers that a request of a principal passes, and where each of their policies is attached. */
import type { ArnText } from '../../match/aws/arn.ts';
import type { Layers } from '../../match/aws/evaluate.ts';
import { type Given, lookupOf } from '../../match/aws/facts.ts';
import type { Layer } from '../../match/aws/layer.ts';
import { compilePolicy } from '../../match/aws/policy.ts';
import { resourcelessArn } from '../../match/aws/resourceless.ts';
import { isResourceControlled } from '../../match/aws/services.ts';
import type { Request } from '../../match/aws/statement.ts';
import type { AwsPolicy, AwsTags } from '../../model/aws.ts';
import { type Attachment, attachmentsOf } from './attachments.ts';
import type { EstateIndex } from './estate-index.ts';
import { type Controls, membershipOf } from './organization.ts';
import type { Principal } from './principals.ts';
import { type AskedResource, askedResource } from './resource-layer.ts';

/** What making a session added to a role: all tags that it brought, and the policy that limits it. */
export type Session = {
  policy: AwsPolicy | null;
  tags: AwsTags;
  /** Tags that it brought too, with values that are not known. */
  open?: readonly string[];
};
/** A principal with the layers that are its own, whatever it asks for. */
export type Own = {
  principal: Principal;
  attachments: readonly Attachment[];
  identity: Layer | null;
  boundary: Layer | null;
  session: Layer | null;
  controls: Controls;
  tags: AwsTags | null;
  openTags: readonly string[];
  /** Whether its session brought tags, which then go on to every role that it assumes. */
  sendsTags: boolean;
  /** Those of them whose values are known, as condition keys of the request that passes them on. */
  sent: Given;
};
export type World = { index: EstateIndex; controls: (account: string) => Controls };

const NO_CONTROLS: Controls = { service: [], resource: [], known: true, refused: false };

export function ownLayers({ index, controls }: World, principal: Principal, session: Session | null): Own {
  const { holder, caller, arn } = principal;
  const attachments = holder ? attachmentsOf(index, holder) : [];
  const limited = caller.account !== null && !isServiceLinked(principal);
  return {
    principal,
    attachments,
    identity: caller.type === 'root' ? null : layerOf(`the policies of ${arn}`, attachments),
    boundary: holder?.boundary ? boundaryOf(index, holder.boundary) : null,
    session: session?.policy
      ? layerOf(`the session policy of ${arn}`, [{ id: 'session', policy: session.policy }])
      : null,
    controls: limited ? controls(caller.account!) : NO_CONTROLS,
    tags: session ? { ...holder?.tags, ...session.tags } : principal.tags,
    openTags: session?.open ?? [],
    sendsTags: session !== null && sendsTags(session),
    sent: session === null ? {} : requestTags(session),
  };
}

/** Nobody may give a tag that goes on another value (IAM User Guide, "Chaining roles with session tags"). */
function requestTags({ tags }: Session): Given {
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [`aws:requesttag/${key.toLowerCase()}`, [value]]),
  );
}

const PASSES_TAGS: ReadonlySet<string> = new Set(['sts:assumerole', 'sts:tagsession']);

export function sendsTags({ tags, open = [] }: Session): boolean {
  return Object.keys(tags).length + open.length > 0;
}

/** Neither SCPs nor RCPs reach service-linked roles. */
function isServiceLinked({ holder }: Principal): boolean {
  return holder !== null && 'path' in holder && holder.path.startsWith('/aws-service-role/');
}

function boundaryOf(index: EstateIndex, arn: string): Layer {
  return layerOf(`the boundary ${arn}`, [{ id: arn, policy: index.policies.get(arn) ?? null }]);
}

export function layerOf(name: string, policies: readonly Pick<Attachment, 'id' | 'policy'>[]): Layer {
  const unread = policies.flatMap(({ id, policy }) => {
    if (policy === null) return [`${id} of ${name}, which was not read`];
    return policy.problem === null ? [] : [`${id} of ${name}, which is not understood (${policy.problem})`];
  });
  const read = policies.flatMap(({ policy }) => (policy ? [compilePolicy(policy)] : []));
  return { name, policies: read, unread };
}

/** Tags of a role or user that is asked about; who may pass a role cannot be told by them. */
function tagsOf({ index }: World, action: string, arn: ArnText | null): AwsTags | null {
  if (arn === null || action === 'iam:passrole') return null;
  return (index.roles.get(arn.text) ?? index.users.get(arn.text))?.tags ?? null;
}

export type Asked = { request: Request; layers: Layers; resource: AskedResource };

/** `action`: in lower case. */
export function askedLayers(
  world: World,
  own: Own,
  action: string,
  told: ArnText | null,
  given: Given,
): Asked {
  const arn = resourcelessArn(action) ?? told;
  const { caller, name } = { caller: own.principal.caller, name: own.principal.holder?.name ?? null };
  const resource = askedResource(world.index, action, arn, caller.account);
  const facts = {
    action,
    caller,
    name,
    tags: own.tags,
    openTags: own.openTags,
    resource: arn,
    resourceAccount: resource.account,
    resourceTags: tagsOf(world, action, arn),
    membershipOf: (account: string) => membershipOf(world.index, world.controls, account),
  };
  const request = {
    caller,
    bounded: own.boundary !== null,
    action,
    resource: arn,
    lookup: lookupOf(facts, PASSES_TAGS.has(action) ? { ...own.sent, ...given } : given),
  };
  return { request, layers: layersOf(world, own, action, resource), resource };
}

function layersOf(world: World, own: Own, action: string, resource: AskedResource): Layers {
  const { identity, boundary, session, controls, principal } = own;
  const { account } = principal.caller;
  const owner = resource.account ?? account;
  const applies = isResourceControlled(action) && !isServiceLinked(principal);
  const reached = applies && owner !== null && /^\d{12}$/.test(owner) ? world.controls(owner) : NO_CONTROLS;
  return {
    identity,
    boundary,
    session,
    serviceControl: controls.service,
    resourceControl: reached.resource,
    organizationGap: gapOf(account, controls, owner, reached),
    resource: resource.layer,
  };
}

function gapOf(
  account: string | null,
  own: Controls,
  owner: string | null,
  reached: Controls,
): string | null {
  if (!own.refused && !reached.refused) return null;
  if (!own.refused) return `the RCPs over account ${owner}, which were not read, do not deny it`;
  return `the SCPs and RCPs over account ${account}, which were not read, allow it`;
}

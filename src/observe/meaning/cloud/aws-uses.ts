/** From an operation to the permissions that it uses: IAM actions, each with the resource that the request names. */
import { pathTemplate, segmentTemplate } from '../endpoint.ts';
import { dynamodbUses } from './aws-dynamodb.ts';
import type { Asked, AwsRequest } from './aws-request.ts';
import { asArn, resourceOf, type Scope, standard } from './aws-resource.ts';
import { copySource, s3Arn, versioned } from './aws-s3.ts';

export type AwsUse = {
  /** `s3:GetObject`; `service:?Operation` or `service:?METHOD /path` where no action is known for it. */
  action: string;
  resource: string | null;
};

type Special = (request: AwsRequest, asked: Asked, scope: Scope) => AwsUse[] | null;

function s3Uses(
  { head, place, host }: AwsRequest,
  { operation, params }: Asked,
  scope: Scope,
): AwsUse[] | null {
  const bucket = params.get('bucket');
  if (!operation || bucket === undefined) return null;
  // Which objects are deleted together is in the body, and data.
  const key = params.get('key') ?? (operation.name === 'DeleteObjects' ? '*' : null);
  const resource = s3Arn(bucket, key, scope, host);
  return operation.actions.map((action, i) => ({
    action: versioned(action, place.query),
    resource: i > 0 ? copySource(head.headers, scope) : resource,
  }));
}

/** Directory buckets: what a session was opened for is no permission of its own. */
function s3Express(_: AwsRequest, { operation, params }: Asked, scope: Scope): AwsUse[] | null {
  const bucket = params.get('bucket') ?? '';
  const own = operation?.actions.filter((action) => action.startsWith('s3express:')) ?? [];
  if (!/^[a-z0-9.-]{3,63}$/.test(bucket)) return null;
  const template = `arn:\${Partition}:s3express:\${Region}:\${Account}:bucket/${bucket}`;
  return own.map((action) => ({ action, resource: standard(scope, template) }));
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html */
function apiGateway({ head, place }: AwsRequest, _: Asked, { partition, region }: Scope): AwsUse[] {
  const path = place.segments.map((one, i) => (i % 2 === 0 ? segmentTemplate(one) : one)).join('/');
  const plain = /^[\w./~@:-]{0,200}$/.test(path) ? path : '*';
  const resource = `arn:${partition}:apigateway:${region ?? '*'}::/${plain}`;
  return [{ action: `apigateway:${head.method}`, resource }];
}

/** A deployed API on api/stage/METHOD/path: called, or its open connections managed. */
function executeApi({ head, place, host }: AwsRequest, _: Asked, scope: Scope): AwsUse[] {
  const api = /^[a-z0-9]{10}$/.test(host?.label ?? '') ? host!.label! : '*';
  const managed = place.segments.includes('@connections');
  const plain = place.segments.map(segmentTemplate).map((one) => (one === '{}' ? '*' : one));
  const [stage = '*', next] = plain;
  const first = managed ? '@connections' : next;
  const tail = first === undefined ? '' : plain.length > 2 ? `/${first}/*` : `/${first}`;
  const base = standard(scope, `arn:\${Partition}:execute-api:\${Region}:\${Account}:${api}`);
  const action = managed ? 'execute-api:ManageConnections' : 'execute-api:Invoke';
  return [{ action, resource: `${base}/${stage || '*'}/${head.method}${tail}` }];
}

/** Requests to a domain itself, not to the service that manages it. */
function openSearch({ head, host }: AwsRequest, { name }: Asked, scope: Scope): AwsUse[] | null {
  if (name !== null || host?.label == null) return null;
  const method = head.method[0] + head.method.slice(1).toLowerCase();
  const domain = /^(?:search|vpc)-(.+)-[a-z0-9]{26}$/.exec(host.label)?.[1] ?? '*';
  const resource = standard(scope, `arn:\${Partition}:es:\${Region}:\${Account}:domain/${domain}/*`);
  return [{ action: `es:ESHttp${method}`, resource }];
}

/** A collection's own endpoint. */
function serverless({ host }: AwsRequest, { name }: Asked, scope: Scope): AwsUse[] | null {
  if (name !== null || host?.label == null) return null;
  const id = /^[a-z0-9]{10,40}$/.test(host.label) ? host.label : '*';
  const resource = standard(scope, `arn:\${Partition}:aoss:\${Region}:\${Account}:collection/${id}`);
  return [{ action: 'aoss:APIAccessAll', resource }];
}

/** `https://sqs.eu-west-1.amazonaws.com/123456789012/name` */
function sqs(_: AwsRequest, { operation, params }: Asked, scope: Scope): AwsUse[] | null {
  const match = /\/(\d{12})\/([\w-]{1,80}(?:\.fifo)?)$/.exec(params.get('queueurl') ?? '');
  if (!operation || !match) return null;
  const own = { ...scope, account: match[1]! };
  const resource = standard(own, `arn:\${Partition}:sqs:\${Region}:\${Account}:${match[2]}`);
  return operation.actions.map((action) => ({ action, resource }));
}

const MODEL = /^[\w.:-]{1,200}$/;

/** A model's id; with a geography before the vendor an inference profile. */
function modelArn(id: string, scope: Scope): string | null {
  const arn = asArn(id);
  if (arn !== null || !MODEL.test(id)) return arn;
  const profile = /^(?:[a-z]{2,6}(?:-gov)?|global)\.[a-z0-9]+\./.test(id);
  return standard(
    scope,
    profile
      ? `arn:\${Partition}:bedrock:\${Region}:\${Account}:inference-profile/${id}`
      : `arn:\${Partition}:bedrock:\${Region}::foundation-model/${id}`,
  );
}

function bedrock(_: AwsRequest, { operation, params }: Asked, scope: Scope): AwsUse[] | null {
  const model = params.get('modelid');
  if (!operation?.actions.some((one) => one.startsWith('bedrock:InvokeModel')) || !model) return null;
  return operation.actions.map((action) => ({ action, resource: modelArn(model, scope) }));
}

function dynamodb({ body }: AwsRequest, { name }: Asked, scope: Scope): AwsUse[] | null {
  const uses = dynamodbUses(name, body, scope);
  return uses.length > 0 ? uses : null;
}

function functionUrl({ host }: AwsRequest, { name }: Asked): AwsUse[] | null {
  return name === null && host?.service === 'lambda-url'
    ? [{ action: 'lambda:InvokeFunctionUrl', resource: null }]
    : null;
}

const SPECIAL: ReadonlyMap<string, Special> = new Map<string, Special>([
  ['s3', s3Uses],
  ['s3express', s3Express],
  ['apigateway', apiGateway],
  ['execute-api', executeApi],
  ['es', openSearch],
  ['aoss', serverless],
  ['sqs', sqs],
  ['bedrock', bedrock],
  ['dynamodb', dynamodb],
  ['lambda', functionUrl],
]);

const SERVICE = /^[a-z][a-z0-9-]{0,39}$/;

/** Nothing is guessed: an operation without a known action keeps its name behind `?`. */
function unknown(request: AwsRequest, { service, name }: Asked): AwsUse {
  const { signing, head, place } = request;
  const iam =
    signing === 's3express' ? signing : (service?.iam ?? (SERVICE.test(signing ?? '') ? signing : 'unknown'));
  const method = /^[A-Z]{3,10}$/.test(head.method) ? head.method : 'OTHER';
  return { action: `${iam}:?${name ?? `${method} ${pathTemplate(place.segments)}`}`, resource: null };
}

export function awsUses(request: AwsRequest, asked: Asked, scope: Scope): AwsUse[] {
  const special = SPECIAL.get(request.signing ?? '')?.(request, asked, scope);
  if (special && special.length > 0) return special;
  const { operation, params } = asked;
  const known =
    request.signing !== 's3express' || operation?.actions.some((one) => one.startsWith('s3express:'));
  if (!operation || !known || operation.actions.length === 0) return [unknown(request, asked)];
  const resource = resourceOf(operation.resources, scope, params);
  return operation.actions.map((action) => ({ action, resource }));
}

/** Which operation of which service a request asks for, in each of AWS's protocols. */
import type { RequestHead } from '../../wire/types.ts';
import { decode, type Place } from '../request-target.ts';
import type { AwsCredential } from './aws-credential.ts';
import type { AwsHost } from './aws-host.ts';
import { s3Operation, s3Segments } from './aws-s3.ts';
import { awsService, type Operation, type Service } from './aws-table.ts';
import { readCbor } from './cbor.ts';
import { addForm, addJson, addParam, type Params, readForm } from './params.ts';
import { findPath } from './path-tree.ts';

export type AwsRequest = {
  head: RequestHead;
  place: Place;
  host: AwsHost | null;
  credential: AwsCredential | null;
  /** What the request is signed for, else what the host is called; null: neither tells. */
  signing: string | null;
  /** Empty where it was not sent, or was lost. */
  body: Uint8Array;
};

export type Asked = {
  service: Service | null;
  /** Null: a path that the catalog does not know. */
  name: string | null;
  operation: Operation | null;
  params: Params;
};

const NAME = /^[A-Z][A-Za-z0-9]{1,63}$/;
type Called = { name: string; params: Params };

/** https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
function cborCall({ place, head, body }: AwsRequest): Called | null {
  const match = /^\/service\/\w+\/operation\/(\w+)$/.exec(place.path);
  if (!match || !head.headers.has('smithy-protocol')) return null;
  const params: Params = new Map();
  for (const [key, value] of readCbor(body)?.texts ?? []) addParam(params, key, value);
  return { name: match[1]!, params };
}

/** `X-Amz-Target: DynamoDB_20120810.GetItem` */
function jsonCall({ head, body }: AwsRequest): Called | null {
  const name = head.headers.get('x-amz-target')?.split('.').at(-1);
  if (!name) return null;
  const params: Params = new Map();
  addJson(params, body);
  return { name, params };
}

export function isForm(head: RequestHead): boolean {
  return head.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') ?? false;
}

/** `Action=…&Version=…` in a form, or in the query of presigned requests. */
function queryCall({ head, place, body }: AwsRequest): Called | null {
  const params: Params = new Map();
  if (isForm(head)) addForm(params, readForm(body));
  addForm(params, place.query);
  const name = params.get('action');
  return name && params.has('version') ? { name, params } : null;
}

function called(request: AwsRequest): Called | null {
  const call = cborCall(request) ?? jsonCall(request) ?? queryCall(request);
  return call && NAME.test(call.name) ? call : null;
}

/** As the path was sent, but with the bucket in it. */
function segmentsOf({ place, host, signing }: AwsRequest): readonly string[] {
  return signing === 's3' || signing === 's3express' ? s3Segments(place, host) : place.segments;
}

function restCall(request: AwsRequest, service: Service): Asked | null {
  const { head, place, signing } = request;
  const question = { method: head.method, segments: segmentsOf(request), query: place.query };
  const match = findPath(service.paths, question);
  if (!match) return null;
  const params: Params = new Map();
  for (const [name, value] of match.labels) addParam(params, name, decode(value));
  addForm(params, place.query);
  if (signing !== 's3' && match.value.resources.length > 0) addJson(params, request.body);
  const own = match.value.name;
  const name = toldApart(own, request);
  const operation = name === own ? match.value : (service.byName.get(name) ?? null);
  return { service, name, operation, params };
}

/** Operations that have a path in common, even across the services that are signed for alike. */
function toldApart(name: string, { signing, place, head, host }: AwsRequest): string {
  if (signing === 's3') return s3Operation(name, place, head.headers);
  return name === 'PrepareAgent' && host?.service === 'bedrock-agent-runtime' ? 'InvokeInlineAgent' : name;
}

/** What STS is asked without a signature. */
const UNSIGNED = /^AssumeRoleWith(?:WebIdentity|SAML)$/;

/** Directory buckets speak S3, under a session that one action of their own has opened. */
function serviceOf({ signing }: AwsRequest, call: Called | null): Service | null {
  if (signing === null) return call && UNSIGNED.test(call.name) ? awsService('sts') : null;
  return awsService(signing === 's3express' ? 's3' : signing);
}

/** What is asked for, as far as it can be told. */
export function asked(request: AwsRequest): Asked {
  const call = called(request);
  const service = serviceOf(request, call);
  if (call) return { service, ...call, operation: service?.byName.get(call.name) ?? null };
  return (
    (service && restCall(request, service)) ?? { service, name: null, operation: null, params: new Map() }
  );
}

/**
 * Before moto: it hears every call, pages what moto gives whole, answers what moto lacks (Pod Identity, access entries,
 * last-accessed data) in the shapes of the SDK's own models, and fails where a test wants it to.
 */
import http from 'node:http';
import { HOME, REGION } from './aws-live-moto.ts';
import { detailPage } from './aws-live-pages.ts';

export type Heard = {
  service: string;
  operation: string;
  account: string | null;
  body: string;
  path: string;
};
export type Answer = { status: number; body: string; type?: string };
/** Null: it goes on to moto. */
export type Fault = (call: Heard) => Answer | 'hang' | null;
export type MotoProxy = {
  url: string;
  heard: Heard[];
  fault: Fault;
  pageSize: number;
  hide: string;
  stop(): Promise<void>;
};

export async function startProxy(target: string): Promise<MotoProxy> {
  const proxy: MotoProxy = {
    ...{ url: '', heard: [], fault: () => null, pageSize: 200, hide: '' },
    stop: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
  const server = http.createServer((request, response) => {
    serve(proxy, target, request).then(
      (answer) => {
        if (answer !== 'hang') {
          response.writeHead(answer.status, { 'content-type': answer.type ?? 'text/xml' });
          response.end(answer.body);
        }
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return proxy;
}

async function serve(
  proxy: MotoProxy,
  target: string,
  request: http.IncomingMessage,
): Promise<Answer | 'hang'> {
  const body = (await Array.fromAsync(request as AsyncIterable<Buffer>)).join('');
  const call = callOf(request, body);
  proxy.heard.push(call);
  const own = proxy.fault(call) ?? lacking(call);
  if (own !== null) return own;
  const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
  const init = { method: request.method!, headers: headers as Record<string, string> };
  const answer = await fetch(target + request.url, request.method === 'GET' ? init : { ...init, body });
  const text = await answer.text();
  const type = answer.headers.get('content-type') ?? 'text/xml';
  if (call.operation === 'GetAccountAuthorizationDetails' && answer.ok)
    return { status: 200, type, body: detailPage(text, new URLSearchParams(body), proxy) };
  return { status: answer.status, type, body: text };
}

function callOf({ headers, url, method }: http.IncomingMessage, body: string): Heard {
  const service = /Credential=[^/]+\/\d+\/[^/]+\/([\w-]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
  const target = headers['x-amz-target'];
  const path = decodeURIComponent((url ?? '').replace(/\?.*/, ''));
  const operation =
    typeof target === 'string'
      ? target.replace(/.*\./, '')
      : (new URLSearchParams(body).get('Action') ?? eksOperation(method ?? '', path));
  return { service, operation, account: null, body, path };
}

const EKS: readonly [RegExp, string][] = [
  [/^\/clusters$/, 'ListClusters'],
  [/^\/clusters\/[^/]+$/, 'DescribeCluster'],
  [/^\/clusters\/[^/]+\/node-groups$/, 'ListNodegroups'],
  [/^\/clusters\/[^/]+\/node-groups\/[^/]+$/, 'DescribeNodegroup'],
  [/^\/clusters\/[^/]+\/pod-identity-associations$/, 'ListPodIdentityAssociations'],
  [/^\/clusters\/[^/]+\/pod-identity-associations\/[^/]+$/, 'DescribePodIdentityAssociation'],
  [/^\/clusters\/[^/]+\/access-entries$/, 'ListAccessEntries'],
  [/^\/clusters\/[^/]+\/access-entries\/.+\/access-policies$/, 'ListAssociatedAccessPolicies'],
  [/^\/clusters\/[^/]+\/access-entries\/.+$/, 'DescribeAccessEntry'],
];

function eksOperation(method: string, path: string): string {
  return EKS.find(([pattern]) => method === 'GET' && pattern.test(path))?.[1] ?? `${method} ${path}`;
}

export const TARGET_ROLE = 'arn:aws:iam::999999999999:role/target';
export const ADMIN = `arn:aws:iam::${HOME}:role/admin`;
const EKS_ARN = `arn:aws:eks:${REGION}:${HOME}`;

/** Only of the cluster `blue`: two associations, and one access entry. */
function lacking({ operation, path, body }: Heard): Answer | null {
  const blue = path.startsWith('/clusters/blue/');
  const clusterName = path.split('/')[2];
  const summary = (id: string) => ({
    ...{ clusterName, namespace: 'research', serviceAccount: `sa-${id}`, associationId: id },
    associationArn: `${EKS_ARN}:podidentityassociation/blue/${id}`,
  });
  const id = path.split('/')[4] ?? '';
  const detail = {
    ...{ ...summary(id), roleArn: `arn:aws:iam::${HOME}:role/agent-1`, disableSessionTags: id === 'a-2' },
    ...(id === 'a-1' ? { targetRoleArn: TARGET_ROLE, externalId: 'ext', policy: POLICY } : {}),
  };
  const entry = {
    ...{ clusterName, principalArn: ADMIN, kubernetesGroups: ['ops'], username: 'admin' },
    accessEntryArn: `${EKS_ARN}:access-entry/blue/role/${HOME}/admin/1`,
  };
  const policy = { policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminPolicy' };
  const answers: Record<string, () => object> = {
    ListPodIdentityAssociations: () => ({ associations: blue ? [summary('a-1'), summary('a-2')] : [] }),
    DescribePodIdentityAssociation: () => ({ association: detail }),
    ListAccessEntries: () => ({ accessEntries: blue ? [ADMIN] : [] }),
    DescribeAccessEntry: () => ({ accessEntry: entry }),
    ListAssociatedAccessPolicies: () => ({
      clusterName,
      principalArn: ADMIN,
      associatedAccessPolicies: [policy],
    }),
  };
  const json = answers[operation]?.();
  if (json) return { status: 200, type: 'application/json', body: JSON.stringify(json) };
  return lastAccessed(operation, new URLSearchParams(body));
}

const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
});

/** First it says that it is not done, then two pages. */
let polls = 0;
function lastAccessed(operation: string, form: URLSearchParams): Answer | null {
  if (operation === 'GenerateServiceLastAccessedDetails')
    return xml(operation, '<JobId>11111111-2222-3333-4444-555555555555</JobId>');
  if (operation !== 'GetServiceLastAccessedDetails') return null;
  const dates = '<JobCreationDate>2026-11-21T00:00:00Z</JobCreationDate><JobType>ACTION_LEVEL</JobType>';
  if (polls++ === 0) return xml(operation, `<JobStatus>IN_PROGRESS</JobStatus>${dates}`);
  const done = `<JobStatus>COMPLETED</JobStatus>${dates}<JobCompletionDate>2026-11-21T00:00:01Z</JobCompletionDate>`;
  if (form.get('Marker') === null)
    return xml(operation, `${done}<ServicesLastAccessed>${S3}</ServicesLastAccessed>${MORE}`);
  return xml(
    operation,
    `${done}<ServicesLastAccessed>${SQS}</ServicesLastAccessed><IsTruncated>false</IsTruncated>`,
  );
}

const MORE = '<IsTruncated>true</IsTruncated><Marker>next</Marker>';
const S3 = `<member><ServiceName>S3</ServiceName><ServiceNamespace>s3</ServiceNamespace>
<LastAuthenticated>2026-11-20T01:02:03Z</LastAuthenticated><TrackedActionsLastAccessed>
<member><ActionName>GetObject</ActionName><LastAccessedTime>2026-11-20T01:02:03Z</LastAccessedTime></member>
<member><ActionName>PutObject</ActionName></member></TrackedActionsLastAccessed></member>`;
const SQS = '<member><ServiceName>SQS</ServiceName><ServiceNamespace>sqs</ServiceNamespace></member>';

function xml(operation: string, inner: string): Answer {
  const result = `<${operation}Result>${inner}</${operation}Result>`;
  const rest = '<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>';
  const space = 'https://iam.amazonaws.com/doc/2010-05-08/';
  return {
    status: 200,
    body: `<${operation}Response xmlns="${space}">${result}${rest}</${operation}Response>`,
  };
}

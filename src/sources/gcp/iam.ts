/**
 * Deny policies, access boundaries and identity pools, by Google's client (@google-cloud/iam) in its REST mode. It builds
 * the requests and decodes the answers; what is sent goes through ours, with its credentials, retries and bounds.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { UserError } from '../../errors.ts';
import { GcpApiError } from './errors.ts';
import { carries, restJson } from './messages.ts';

export type IamMethod =
  | 'listPolicies'
  | 'getPolicy'
  | 'listPrincipalAccessBoundaryPolicies'
  | 'listPolicyBindings'
  | 'listWorkloadIdentityPools'
  | 'listWorkloadIdentityPoolProviders';
export type IamRequest = { parent?: string; name?: string; pageToken?: string };
/** A GET; the text of an answer of 2xx. Throws for any other. */
export type IamTransport = (url: URL, headers: Headers) => Promise<string>;
/** One answer, a page for lists, as REST JSON. Throws GcpApiError where it is none, and whatever the transport throws. */
export type IamClient = (method: IamMethod, request: IamRequest) => Promise<unknown>;

/** `text` null: nothing was answered, or nothing sent. */
type Answer = { text: string | null };
/** Of lists the third is the page itself. */
type Called = readonly [unknown, unknown, unknown?];

const MAX_MESSAGE = 200;

export async function openIam(send: IamTransport): Promise<IamClient> {
  const answers = new AsyncLocalStorage<Answer>();
  const methods = await methodsOver(async (url, headers) => {
    const text = (await send(url, headers)) || '{}';
    const answer = answers.getStore();
    if (answer !== undefined) answer.text = text;
    return text;
  });
  return async (method, request) => {
    const answer: Answer = { text: null };
    try {
      const [one, , page] = await answers.run(answer, () => methods[method](request));
      return checked(answer, page ?? one);
    } catch (error) {
      throw error instanceof UserError || error instanceof GcpApiError
        ? error
        : malformed(answer, error as Error);
    }
  };
}

type Methods = Readonly<Record<IamMethod, (request: IamRequest) => Promise<Called>>>;

/** The library is only loaded by who asks Google Cloud. */
async function methodsOver(send: IamTransport): Promise<Methods> {
  const { v1beta, v2, v3 } = await import('@google-cloud/iam');
  // Hosts are those of all other calls, whatever the environment says of universes.
  const options = { auth: authOver(send) as never, fallback: true, universeDomain: 'googleapis.com' };
  const policies = new v2.PoliciesClient(options);
  const boundaries = new v3.PrincipalAccessBoundaryPoliciesClient(options);
  const bindings = new v3.PolicyBindingsClient(options);
  const pools = new v1beta.WorkloadIdentityPoolsClient(options);
  // Each call its own options: the client writes headers into them.
  const page = () => ({ autoPaginate: false });
  return {
    listPolicies: (request) => policies.listPolicies(request, page()),
    getPolicy: (request) => policies.getPolicy(request),
    listPrincipalAccessBoundaryPolicies: (request) =>
      boundaries.listPrincipalAccessBoundaryPolicies(request, page()),
    listPolicyBindings: (request) => bindings.listPolicyBindings(request, page()),
    listWorkloadIdentityPools: (request) => pools.listWorkloadIdentityPools(request, page()),
    listWorkloadIdentityPoolProviders: (request) => pools.listWorkloadIdentityPoolProviders(request, page()),
  };
}

/**
 * What the client takes for its credentials is what sends in its REST mode. Its errors carry none of the codes that the
 * client retries, so nothing is retried twice.
 */
function authOver(send: IamTransport) {
  return {
    getRequestHeaders: async () => new Headers(),
    fetch: async (address: string, { headers }: { headers: Headers }) => {
      const url = new URL(address);
      // Attachment points of deny policies are encoded in their names already; the API documents them encoded once.
      url.pathname = url.pathname.replaceAll('%252F', '%2F');
      return new Response(await send(url, headers));
    },
  };
}

/** The client drops what its messages cannot hold, without a word; that must not read as if it had never been set. */
function checked({ text }: Answer, message: unknown): unknown {
  if (!carries(message, JSON.parse(text ?? 'null')))
    throw new GcpApiError(200, null, 'malformed answer: the client of Google cannot hold all of it');
  return restJson(message);
}

function malformed({ text }: Answer, { name, message }: Error): GcpApiError {
  if (text === null) return new GcpApiError(400, null, `not asked: ${message.slice(0, MAX_MESSAGE)}`);
  const why =
    name === 'SyntaxError' ? 'the answer is not JSON' : `malformed answer: ${message.slice(0, MAX_MESSAGE)}`;
  return new GcpApiError(200, null, why);
}

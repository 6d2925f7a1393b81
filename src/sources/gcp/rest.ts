/**
 * The REST APIs, through the credentials of google-auth-library. What @google-cloud/iam has (deny policies, access
 * boundaries, identity pools) its client asks for, over this transport. The rest is plain REST: that package has no v1 of
 * IAM (roles, service accounts), no projects and no clusters. Either way an answer is the REST JSON that exports hold, so
 * that a saved reading reads back to the same estate.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, UserError } from '../../errors.ts';
import type { Call } from './calls.ts';
import { apiError, credentialError, GcpApiError, isNetwork, unreachable } from './errors.ts';
import { type IamClient, openIam } from './iam.ts';

export type RestOptions = {
  /** Instead of `https://<host>`: `<endpoint>/<host>`. Over plain HTTP no credentials are sent. */
  endpoint?: string;
  requestTimeoutMs?: number;
  /** Of the first retry; each further one waits twice as long. */
  retryDelayMs?: number;
};
export type Rest = {
  /** One answer. Throws GcpApiError for one that is none of 2xx, UserError where there are no credentials or none at all. */
  call(call: Call, name: string, query?: Readonly<Record<string, string>>): Promise<unknown>;
};

/** Where most credentials are exchanged for tokens. */
const TOKENS = 'oauth2.googleapis.com';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform.read-only';
const MAX_BODY_BYTES = 256 * 1024 ** 2;
const REQUEST_TIMEOUT_MS = 60_000;
const RETRIES = 4;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;

export async function openRest(options: RestOptions, deadline: AbortSignal): Promise<Rest> {
  const plain = options.endpoint?.startsWith('http:') === true;
  const headers = plain ? async () => new Headers() : await authorized();
  const context = { ...options, headers, deadline };
  let iam: Promise<IamClient> | undefined;
  return {
    async call(call, name, query = {}) {
      if (call.client === undefined)
        return parse(await withRetries(context, { ...call, url: urlOf(options, call, name, query) }));
      iam ??= openIam((url, sent) =>
        withRetries(context, {
          host: url.hostname,
          method: 'GET',
          url: new URL(baseOf(options, url.hostname) + url.pathname + url.search),
          sent,
        }),
      );
      return (await iam)(call.client.method, { ...call.client.request(name), ...query });
    },
  };
}

type Context = RestOptions & { headers: (url: string) => Promise<Headers>; deadline: AbortSignal };
type Request = Pick<Call, 'host' | 'method' | 'body'> & {
  url: URL;
  /** Further headers. */
  sent?: Headers;
};

/** The library is only loaded by who asks Google Cloud. */
async function authorized(): Promise<(url: string) => Promise<Headers>> {
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes: [SCOPE] });
  return async (url) => {
    try {
      return await auth.getRequestHeaders(url);
    } catch (error) {
      throw isNetwork(error as Error) ? unreachable(TOKENS, error as Error) : credentialError(error as Error);
    }
  };
}

function baseOf({ endpoint }: RestOptions, host: string): string {
  return endpoint === undefined ? `https://${host}` : `${endpoint.replace(/\/$/, '')}/${host}`;
}

function urlOf(options: RestOptions, call: Call, name: string, query: Readonly<Record<string, string>>): URL {
  const url = new URL(baseOf(options, call.host) + call.path(name));
  for (const [key, value] of Object.entries({ ...call.query, ...query })) url.searchParams.set(key, value);
  return url;
}

/** 429 and 5xx pass by themselves, so they are asked again; anything else is an answer. */
async function withRetries(context: Context, request: Request): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const { status, text, retryAfterMs } = await send(context, request);
    if (status >= 200 && status < 300) return text;
    const error = apiError(status, text);
    if (status === 401) throw credentialError(error);
    const passing = status === 429 || status >= 500;
    if (!passing || attempt >= RETRIES) throw error;
    const delay = retryAfterMs ?? (context.retryDelayMs ?? FIRST_DELAY_MS) * 2 ** attempt;
    await sleep(Math.min(delay, MAX_DELAY_MS), undefined, { signal: context.deadline }).catch(
      (cause: Error) => {
        throw unreachable(request.host, cause);
      },
    );
  }
}

type Answer = { status: number; text: string; retryAfterMs: number | null };

async function send(context: Context, { host, method, body, url, sent }: Request): Promise<Answer> {
  const headers = new Headers(sent);
  for (const [key, value] of await context.headers(url.href)) headers.set(key, value);
  headers.set('accept', 'application/json');
  if (body !== undefined) headers.set('content-type', 'application/json');
  const timeout = AbortSignal.timeout(context.requestTimeoutMs ?? REQUEST_TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'error',
      signal: AbortSignal.any([context.deadline, timeout]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null;
    return { status: response.status, text: await bounded(response), retryAfterMs };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw unreachable(host, error as Error);
  }
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES)
      throw new UserError(`an answer of more than ${MAX_BODY_BYTES} bytes`, { exitCode: EXIT.failed });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new GcpApiError(200, null, 'the answer is not JSON');
  }
}

/**
 * The REST APIs, through the credentials of google-auth-library. The generated clients are not used: those
 * of @google-cloud answer with protobuf messages, which lose fields that they do not know and cannot be bounded, where
 * exports hold the REST JSON; @googleapis/iam is REST, but has neither access boundaries nor projects nor clusters. One
 * form for all means that a saved reading reads back to the same answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, UserError } from '../../errors.ts';
import type { Call } from './calls.ts';
import { apiError, credentialError, GcpApiError, isNetwork, unreachable } from './errors.ts';

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
  return { call: (call, name, query = {}) => withRetries(context, call, urlOf(options, call, name, query)) };
}

type Context = RestOptions & { headers: (url: string) => Promise<Headers>; deadline: AbortSignal };

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

function urlOf(
  { endpoint }: RestOptions,
  call: Call,
  name: string,
  query: Readonly<Record<string, string>>,
): URL {
  const base =
    endpoint === undefined ? `https://${call.host}` : `${endpoint.replace(/\/$/, '')}/${call.host}`;
  const url = new URL(base + call.path(name));
  for (const [key, value] of Object.entries({ ...call.query, ...query })) url.searchParams.set(key, value);
  return url;
}

/** 429 and 5xx pass by themselves, so they are asked again; anything else is an answer. */
async function withRetries(context: Context, call: Call, url: URL): Promise<unknown> {
  for (let attempt = 0; ; attempt++) {
    const { status, text, retryAfterMs } = await send(context, call, url);
    if (status >= 200 && status < 300) return parse(status, text);
    const error = apiError(status, text);
    if (status === 401) throw credentialError(error);
    const passing = status === 429 || status >= 500;
    if (!passing || attempt >= RETRIES) throw error;
    const delay = retryAfterMs ?? (context.retryDelayMs ?? FIRST_DELAY_MS) * 2 ** attempt;
    await sleep(Math.min(delay, MAX_DELAY_MS), undefined, { signal: context.deadline }).catch(
      (cause: Error) => {
        throw unreachable(call.host, cause);
      },
    );
  }
}

type Answer = { status: number; text: string; retryAfterMs: number | null };

async function send(context: Context, call: Call, url: URL): Promise<Answer> {
  const headers = await context.headers(url.href);
  headers.set('accept', 'application/json');
  if (call.body !== undefined) headers.set('content-type', 'application/json');
  const timeout = AbortSignal.timeout(context.requestTimeoutMs ?? REQUEST_TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: call.method,
      headers,
      redirect: 'error',
      signal: AbortSignal.any([context.deadline, timeout]),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null;
    return { status: response.status, text: await bounded(response), retryAfterMs };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw unreachable(call.host, error as Error);
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

function parse(status: number, text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new GcpApiError(status, null, 'the answer is not JSON');
  }
}

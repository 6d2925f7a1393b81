/** Raw JSON from the Kubernetes API: the credentials of a kubeconfig, retries, bounded answers, one deadline. */
import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { UserError } from '../../errors.ts';
import { credentialError, unreachable } from './client-errors.ts';

export type ClusterOptions = { kubeconfig?: string; context?: string; requestTimeoutMs?: number };
export type ClusterClient = {
  context: string;
  /** Namespace of the context, which kubectl would use. */
  namespace: string;
  /** Throws ApiError for an answer that is none of 2xx, UserError where there is none at all. */
  get(path: string, query: Readonly<Record<string, string>>): Promise<unknown>;
};

export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

const MAX_BODY_BYTES = 256 * 1024 ** 2;
const REQUEST_TIMEOUT_MS = 30_000;
/** What the client library makes up where there is neither kubeconfig nor service account. */
const FALLBACK = 'http://localhost:8080';
const RETRIES = 4;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 10_000;

/** `deadline`: aborts everything that is asked of this client. */
export async function openCluster(
  { kubeconfig, context, requestTimeoutMs = REQUEST_TIMEOUT_MS }: ClusterOptions,
  deadline: AbortSignal,
): Promise<ClusterClient> {
  const config = await loadConfig(kubeconfig, context);
  const server = config.getCurrentCluster()?.server;
  const name = config.getCurrentContext();
  if (!server || (kubeconfig === undefined && server === FALLBACK)) throw noCluster(kubeconfig);
  const options: https.RequestOptions = {};
  // Plain HTTP is `kubectl proxy` and the like, which adds the credentials itself: none are sent over it.
  if (!server.startsWith('http:'))
    await config.applyToHTTPSOptions(options).catch((cause: Error) => {
      throw credentialError(name, cause);
    });
  const target = { server: server.replace(/\/+$/, ''), context: name, options, deadline, requestTimeoutMs };
  return {
    context: name,
    namespace: config.getContextObject(name)?.namespace ?? 'default',
    get: (path, query) => getWithRetries(target, path, query),
  };
}

/** The client library costs half a second and 40 MiB: only who asks a cluster pays for it. */
async function loadConfig(kubeconfig: string | undefined, context: string | undefined): Promise<KubeConfig> {
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (cause) {
    throw new UserError(`kubeconfig ${kubeconfig ?? '(default)'}: ${(cause as Error).message}`, {
      hint: 'check --kubeconfig, or $KUBECONFIG',
      cause,
    });
  }
  if (context === undefined) return config;
  if (!config.getContextObject(context)) {
    const known = config.getContexts().map((one) => one.name);
    throw new UserError(`kubeconfig has no context ${context}`, {
      hint: `it has: ${known.join(', ') || 'none'}`,
    });
  }
  config.setCurrentContext(context);
  return config;
}

function noCluster(kubeconfig: string | undefined): UserError {
  const message =
    kubeconfig === undefined
      ? 'no cluster to read: no kubeconfig, and not inside a pod'
      : `kubeconfig ${kubeconfig} names no cluster for its current context`;
  return new UserError(message, {
    hint: 'set --kubeconfig or --context, read exports with --configured, or audit the snapshots alone with --no-live',
  });
}

type Target = {
  server: string;
  context: string;
  options: https.RequestOptions;
  deadline: AbortSignal;
  requestTimeoutMs: number;
};

/** 429 and 5xx pass by themselves, so they are asked again; anything else is an answer. */
async function getWithRetries(
  target: Target,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<unknown> {
  const url = new URL(target.server + path);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  for (let attempt = 0; ; attempt++) {
    const answer = await request(target, url);
    if (answer.status >= 200 && answer.status < 300) return parse(answer, path);
    if (answer.status === 401) throw credentialError(target.context, new Error(messageOf(answer)));
    const passing = answer.status === 429 || answer.status >= 500;
    if (!passing || attempt >= RETRIES) throw new ApiError(answer.status, messageOf(answer));
    await pause(target, answer.retryAfterMs ?? FIRST_DELAY_MS * 2 ** attempt);
  }
}

async function pause({ deadline, server, context }: Target, delayMs: number): Promise<void> {
  await sleep(Math.min(delayMs, MAX_DELAY_MS), undefined, { signal: deadline }).catch((cause: Error) => {
    throw unreachable(server, context, cause);
  });
}

type Answer = { status: number; body: Buffer; retryAfterMs: number | null };

async function request(target: Target, url: URL): Promise<Answer> {
  const { server, context, options, deadline, requestTimeoutMs } = target;
  const { request: send } = url.protocol === 'http:' ? http : https;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const signal = AbortSignal.any([deadline, AbortSignal.timeout(requestTimeoutMs)]);
      const headers = { ...options.headers, accept: 'application/json' };
      const outgoing = send(url, { ...options, headers, signal }, (response) => {
        collect(response).then(resolve, reject);
      });
      outgoing.on('error', reject).end();
    });
  } catch (cause) {
    throw unreachable(server, context, cause as Error);
  }
}

async function collect(response: http.IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`an answer of more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const seconds = Number(response.headers['retry-after']);
  return {
    status: response.statusCode ?? 0,
    body: Buffer.concat(chunks),
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null,
  };
}

function parse({ body, status }: Answer, path: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ApiError(status, `${path}: the answer is not JSON`);
  }
}

/** The API's own words, from its Status object. */
function messageOf({ status, body }: Answer): string {
  try {
    const { message } = JSON.parse(body.toString('utf8')) as { message?: unknown };
    if (typeof message === 'string' && message !== '') return message.slice(0, 500);
  } catch {
    // A proxy's HTML page says no more than its status.
  }
  return `HTTP ${status}`;
}

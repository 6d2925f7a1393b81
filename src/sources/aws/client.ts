/** The SDK's clients behind one function: lazily loaded, retried, bounded in size and time, only calls of the table. */
import { pipeline, type Readable, Transform } from 'node:stream';
import type { AwsCall } from './calls.ts';

/** Answers as the SDK gives them, with the member names of the API: the AWS CLI prints the same. */
export type Call = (call: AwsCall, input: object, region?: string | null) => Promise<unknown>;
export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken: string };
export type ClientOptions = {
  profile?: string;
  requestTimeoutMs?: number;
  /** Of each request, the first included. */
  attempts?: number;
};

type Service = 'iam' | 'sts' | 'eks' | 'ec2' | 'organizations';
type Client = {
  send(command: object, options: { abortSignal: AbortSignal }): Promise<unknown>;
  config: { region(): Promise<string> };
  middlewareStack: { add(middleware: Middleware, options: object): void };
};
type Handler = (args: object) => Promise<{ response: unknown }>;
type Middleware = (next: Handler) => Handler;
type Sdk = Readonly<Record<string, new (input: object) => Client>>;

const REQUEST_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5000;
const ATTEMPTS = 6;
const MAX_BODY_BYTES = 256 * 1024 ** 2;
const CLIENTS: Readonly<Record<Service, string>> = {
  iam: 'IAMClient',
  sts: 'STSClient',
  eks: 'EKSClient',
  ec2: 'EC2Client',
  organizations: 'OrganizationsClient',
};

/** Each costs 50 ms and some MiB: only who asks a service pays for it. */
async function load(service: Service): Promise<Sdk> {
  const found: unknown = await {
    iam: () => import('@aws-sdk/client-iam'),
    sts: () => import('@aws-sdk/client-sts'),
    eks: () => import('@aws-sdk/client-eks'),
    ec2: () => import('@aws-sdk/client-ec2'),
    organizations: () => import('@aws-sdk/client-organizations'),
  }[service]();
  return found as Sdk;
}

/** Region that environment or profile name; null: none. */
export async function configuredRegion(options: ClientOptions): Promise<string | null> {
  const { STSClient } = await load('sts');
  const client = new STSClient!(options.profile === undefined ? {} : { profile: options.profile });
  return client.config.region().catch(() => null);
}

/** @param credentials null: those that the SDK finds, in its own order */
export function createCaller(
  options: ClientOptions,
  home: { region: string; credentials: Credentials | null },
  deadline: AbortSignal,
): Call {
  const clients = new Map<string, Client>();
  const config = configOf(options, home.credentials);
  return async (call, input, region = null) => {
    deadline.throwIfAborted();
    const [service, operation] = call.split('.') as [Service, string];
    const sdk = await load(service);
    const where = region ?? home.region;
    const key = `${service} ${where}`;
    const client = clients.get(key) ?? bounded(new sdk[CLIENTS[service]]!({ ...config, region: where }));
    clients.set(key, client);
    const command = new sdk[`${operation}Command`]!(input);
    return beforeDeadline(client.send(command, { abortSignal: deadline }), deadline);
  };
}

function configOf(options: ClientOptions, credentials: Credentials | null): object {
  return {
    retryMode: 'adaptive',
    maxAttempts: options.attempts ?? ATTEMPTS,
    customUserAgent: 'ai-spm',
    requestHandler: {
      requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
    ...(credentials === null ? {} : { credentials }),
    ...(options.profile === undefined || credentials !== null ? {} : { profile: options.profile }),
  };
}

/** Waiting for the next attempt is not cut short by the signal. */
async function beforeDeadline<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
  let abort = () => {};
  // It ends some time after the race, and nobody is there any more.
  work.catch(() => {});
  const cut = new Promise<never>((_, reject) => {
    abort = () => reject(deadline.reason);
    deadline.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, cut]);
  } finally {
    deadline.removeEventListener('abort', abort);
  }
}

/** The SDK takes in what a server sends, however much it is. */
function bounded(client: Client): Client {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { body?: Readable } | undefined;
      if (typeof response?.body?.pipe === 'function') response.body = limited(response.body);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'boundAnswer' },
  );
  return client;
}

function limited(body: Readable): Readable {
  let bytes = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) done(new Error(`an answer of more than ${MAX_BODY_BYTES} bytes`));
      else done(null, chunk);
    },
  });
  return pipeline(body, limit, () => {});
}

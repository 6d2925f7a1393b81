/** Why Google Cloud gave no answer, and what to do about it. */
import { EXIT, UserError } from '../../errors.ts';
import type { SourceCoverage } from '../../model/kubernetes.ts';
import type { Call } from './calls.ts';

export class GcpApiError extends Error {
  readonly status: number;
  /** `SERVICE_DISABLED`, `RATE_LIMIT_EXCEEDED`; null: none was given. */
  readonly reason: string | null;

  constructor(status: number, reason: string | null, message: string) {
    super(message);
    this.name = 'GcpApiError';
    this.status = status;
    this.reason = reason;
  }
}

/** Nothing more can be read with them, so this is the end and no gap. */
export class GcpCredentialError extends UserError {}

const MAX_MESSAGE = 500;
const LOGIN = 'gcloud auth application-default login';

/** https://cloud.google.com/apis/design/errors#error_model */
export function apiError(status: number, body: string): GcpApiError {
  try {
    const { error } = JSON.parse(body) as {
      error?: { message?: unknown; details?: { reason?: unknown }[]; errors?: { reason?: unknown }[] };
    };
    const message =
      typeof error?.message === 'string' ? error.message.slice(0, MAX_MESSAGE) : `HTTP ${status}`;
    const reasons = [...listed(error?.details), ...listed(error?.errors)].map((one) => one?.reason);
    return new GcpApiError(status, reasons.find((one) => typeof one === 'string') ?? null, message);
  } catch {
    // A proxy's HTML page says no more than its status.
    return new GcpApiError(status, null, `HTTP ${status}`);
  }
}

function listed<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}

const DISABLED = new Set(['SERVICE_DISABLED', 'accessNotConfigured']);

/** What an answer that is none means for coverage. */
export function outcomeOf(
  { status, reason, message }: GcpApiError,
  { host, permission }: Call,
  name: string,
): Pick<SourceCoverage, 'status' | 'reason'> {
  if (reason !== null && DISABLED.has(reason))
    return {
      status: 'failed',
      reason: `${host} is not enabled: gcloud services enable ${host} (${message})`,
    };
  if (status === 403)
    return { status: 'denied', reason: `${host} refuses ${permission} on ${name}: ${message}` };
  if (status === 404) return { status: 'absent', reason: `${host} knows no ${name}: ${message}` };
  if (status === 429)
    return {
      status: 'failed',
      reason: `the quota of ${host} is used up (429): read again later (${message})`,
    };
  return { status: 'failed', reason: `${host} answers ${status} for ${name}: ${message}` };
}

export function credentialError(cause: Error): GcpCredentialError {
  const absent = /default credentials|does not exist|ENOENT|no such file/i.test(cause.message);
  const which = process.env.GOOGLE_APPLICATION_CREDENTIALS;
  const where = which === undefined ? 'the application default credentials' : `the credentials in ${which}`;
  const message = absent
    ? 'no credentials for Google Cloud'
    : `Google Cloud refuses ${where}: ${cause.message.slice(0, MAX_MESSAGE)}`;
  return new GcpCredentialError(message, {
    hint: `${absent ? '' : 'they may have expired: '}run \`${LOGIN}\`, or set GOOGLE_APPLICATION_CREDENTIALS; or read exports with --configured`,
    exitCode: EXIT.failed,
    cause,
  });
}

const NETWORK = /^(?:E[A-Z]*(?:CONN|NOTFOUND|AGAIN|UNREACH|TIMEDOUT|PIPE)[A-Z]*|UND_ERR_.*)$/;

export function isNetwork(error: Error & { code?: unknown }): boolean {
  const inner = error.cause as { code?: unknown } | undefined;
  return [error.code, inner?.code].some((code) => typeof code === 'string' && NETWORK.test(code));
}

export function unreachable(host: string, cause: Error & { code?: string }): UserError {
  const inner = cause.cause as (Error & { code?: string }) | undefined;
  // A timeout has a code too: a number of the DOM's, which says nothing.
  const late = [cause, inner].some((one) => one?.name === 'TimeoutError');
  const why = late ? 'no answer in time' : (inner?.code ?? cause.code ?? cause.message);
  return new UserError(`${host} cannot be reached: ${why}`, {
    hint: 'is the network up, is a proxy or VPN missing? Exports can be read with --configured',
    exitCode: EXIT.failed,
    cause,
  });
}

/** Why AWS gave no answer: a gap that is said, or the end of the reading with what to do about it. */
import { EXIT, UserError } from '../../errors.ts';
import type { Refusal } from './builder.ts';
import { type AwsCall, NEEDS } from './calls.ts';

type Failure = Error & { code?: string; $metadata?: { httpStatusCode?: number; attempts?: number } };
export type Outcome = Pick<Refusal, 'status' | 'reason'>;

const DENIED =
  /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError|NotAuthorized)$/;
const EXPIRED = /^(ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired)$/;
const THROTTLED = /Throttl|^(TooManyRequestsException|RequestLimitExceeded|SlowDown)$/;
/** From the chain that looks for credentials, before anything is sent. */
const NONE = /^(CredentialsProviderError|TokenProviderError|ProviderError)$/;
const REFUSED =
  /^(InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|IncompleteSignature|AuthFailure|MissingAuthenticationToken)$/;
const UNREACHABLE =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ECONNRESET|EHOSTUNREACH|ENETUNREACH|EPIPE|TimeoutError)$/;

/** A request that failed as what it means for one collection. @throws UserError where nothing further can be read */
export function outcomeOf(error: unknown, call: AwsCall, credentials: string): Outcome {
  const failure = error as Failure;
  if (EXPIRED.test(failure.name) || NONE.test(failure.name)) throw credentialError(failure, credentials);
  const { action } = NEEDS[call];
  const said = `${action}: ${messageOf(failure)}`;
  if (DENIED.test(failure.name) || (failure.$metadata?.httpStatusCode === 403 && !REFUSED.test(failure.name)))
    return { status: 'denied', reason: `${said} (missing permission: ${action})` };
  if (THROTTLED.test(failure.name)) {
    const attempts = failure.$metadata?.attempts ?? 1;
    return { status: 'failed', reason: `${said} (throttled, ${attempts} attempts)` };
  }
  return { status: 'failed', reason: said };
}

export function isCalled(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

/** Of the first call, on which everything rests. */
export function startError(error: unknown, credentials: string): UserError {
  const failure = error as Failure;
  const { name, code } = failure;
  if (EXPIRED.test(name) || NONE.test(name) || REFUSED.test(name) || DENIED.test(name))
    return credentialError(failure, credentials);
  const reason = UNREACHABLE.test(code ?? name) ? (code ?? name) : messageOf(failure);
  return new UserError(`AWS cannot be reached: ${reason}`, {
    hint: 'is the network up, is a proxy missing, is AWS_ENDPOINT_URL right? Or read dumps of the AWS CLI with --configured',
    exitCode: EXIT.failed,
    cause: error,
  });
}

function credentialError(failure: Failure, credentials: string): UserError {
  const options = { exitCode: EXIT.failed, cause: failure };
  const message = messageOf(failure);
  if (EXPIRED.test(failure.name) || /expired/i.test(message))
    return new UserError(`the AWS credentials have expired (${credentials}): ${message}`, {
      hint: 'log in again (aws sso login), or take new keys; then try `aws sts get-caller-identity`',
      ...options,
    });
  if (NONE.test(failure.name))
    return new UserError(`no AWS credentials (${credentials}): ${message}`, {
      hint: 'name a profile of ~/.aws/config, set AWS_PROFILE or AWS_ACCESS_KEY_ID, or read dumps of the AWS CLI with --configured',
      ...options,
    });
  return new UserError(`the AWS credentials were refused (${credentials}): ${message}`, {
    hint: 'try `aws sts get-caller-identity` with the same profile',
    ...options,
  });
}

/** Messages of servers go to a terminal. */
function messageOf({ name, message, code }: Failure): string {
  const text = message || code || 'no reason given';
  const whole = name === 'Error' || text.startsWith(name) ? text : `${name}: ${text}`;
  return whole.slice(0, 500).replace(/\p{Cc}/gu, ' ');
}

/** Where the SDK looked, in words: never a key. */
export function credentialsOf(
  profile: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string {
  if (profile !== undefined) return `profile ${profile}`;
  if (env.AWS_ACCESS_KEY_ID) return 'those of the environment variable AWS_ACCESS_KEY_ID';
  if (env.AWS_PROFILE) return `profile ${env.AWS_PROFILE}, named by AWS_PROFILE`;
  if (env.AWS_WEB_IDENTITY_TOKEN_FILE) return `role ${env.AWS_ROLE_ARN ?? '?'} by its web identity token`;
  return 'those of the default profile, the container or the instance';
}

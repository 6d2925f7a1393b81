/** Why the Kubernetes API gave no answer, and what to do about it. */
import { EXIT, UserError } from '../../errors.ts';

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL|EPROTO/;

const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is the cluster up, is a tunnel or VPN missing?',
  ENOTFOUND: 'the name does not resolve: is a VPN missing?',
  EAI_AGAIN: 'the name does not resolve now: is the network up?',
  ECONNRESET: 'the connection was cut: a proxy between?',
  EHOSTUNREACH: 'no route: is a VPN missing?',
  ENETUNREACH: 'no route: is a VPN missing?',
  CERT_HAS_EXPIRED:
    'the certificate of the API server has expired: renew it, or check the clock of this machine',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name: check `server` of the kubeconfig',
};
const TLS_HINT = 'the certificate is not signed by the certificate-authority of the kubeconfig';
const TIMEOUT_HINT = 'no answer in time: an overloaded API server, or a firewall that drops packets';

export function unreachable(server: string, context: string, cause: Error & { code?: string }): UserError {
  const timedOut = cause.name === 'AbortError' || cause.name === 'TimeoutError';
  const code = timedOut ? 'timeout' : (cause.code ?? cause.message);
  const hint = timedOut ? TIMEOUT_HINT : (HINTS[code] ?? (CERTIFICATE.test(code) ? TLS_HINT : null));
  return new UserError(`the Kubernetes API at ${server} (context ${context}) cannot be reached: ${code}`, {
    hint: `${hint ? `${hint}; ` : ''}try \`kubectl --context ${context} get ns\`, or read exports with --configured`,
    exitCode: EXIT.failed,
    cause,
  });
}

/** 401, or a credential plugin that failed. */
export function credentialError(context: string, cause: Error): UserError {
  return new UserError(`the credentials of context ${context} were refused: ${cause.message}`, {
    hint: `they may have expired: log in again, then try \`kubectl --context ${context} auth whoami\``,
    exitCode: EXIT.failed,
    cause,
  });
}

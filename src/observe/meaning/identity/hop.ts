/** How a hop from one identity to another is said, whatever the mechanism. */
import { outcome, readingSums } from '../endpoint.ts';
import type { Said, World } from '../said.ts';
import type { Whole } from '../whole.ts';
import { identityEpoch, learn } from './known.ts';

/** Whoever the workload itself is: no earlier identity shows on the wire. */
export const WORKLOAD = 'workload';

export type Mechanism =
  | 'sts-assume-role'
  | 'sts-web-identity'
  | 'sts-saml'
  | 'sts-session-token'
  | 'sts-assume-root'
  | 'sso-role'
  | 'cognito-identity'
  | 'eks-pod-identity'
  | 'container-credentials'
  | 'imds-v1'
  | 'imds-v2'
  | 'gce-metadata'
  | 'gcp-token-exchange'
  | 'gcp-impersonation'
  | 'gcp-jwt-bearer'
  | 'gcp-refresh-token'
  | 'azure-imds'
  | 'azure-app-service'
  | 'entra-federated'
  | 'entra-certificate'
  | 'entra-client-secret'
  | 'entra-on-behalf-of'
  | 'entra-refresh-token'
  | 'entra-token'
  | 'kubernetes-token-request'
  | 'kubernetes-impersonation'
  | 'vault-login';

export type Hop = {
  from: string;
  to: string;
  mechanism: Mechanism;
  /** Kind of credential and whose it is: `irsa arn:aws:iam::…`. */
  source: string;
  /** Key ids and tokens that the answer handed out: known again by fingerprint. */
  handedOut: readonly (string | null)[];
  account?: string | null;
  words?: Readonly<Record<string, readonly string[]>>;
  /** Beyond the status: an answer that says no in its body. */
  error?: boolean;
  denied?: boolean;
};

export function sayHop(world: World, hop: Hop, { status, ending }: Whole): void {
  const { from, to, mechanism, words } = hop;
  const told = outcome(status, ending);
  const failed = hop.error ?? told.error ?? false;
  const denied = hop.denied ?? told.denied ?? false;
  const got = status !== null && !failed && !denied;
  const epoch = got ? identityEpoch(world, cloudOf(to), to) : undefined;
  world.say({
    kind: 'identity-hop',
    subject: `${from} → ${to}`,
    context: mechanism,
    principal: from === WORKLOAD ? null : from,
    ...told,
    error: failed || denied,
    denied,
    sums: readingSums(ending),
    ...(words ? { words } : {}),
    ...(epoch ? { epoch } : {}),
  });
  if (!got) return;
  world.say(sourceSaid(hop, ending.at));
  for (const credential of hop.handedOut)
    if (credential !== null) learn(world, credential, { principal: to, account: hop.account ?? null });
}

function sourceSaid({ source, mechanism, to }: Hop, at: number): Said {
  return { kind: 'credential-source', subject: source, context: mechanism, principal: to, at };
}

function cloudOf(principal: string): string {
  return principal.startsWith('system:')
    ? 'kubernetes'
    : principal.slice(0, Math.max(0, principal.indexOf(':')));
}

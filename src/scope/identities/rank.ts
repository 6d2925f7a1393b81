/** Candidates in SDK precedence: the first that works is effective, those that work behind it are shadowed. */
import type { CredentialCandidate } from '../../model/configured.ts';

export type Found = Omit<CredentialCandidate, 'status'> & {
  state: 'works' | 'broken' | 'unreachable' | 'unknown';
};

/**
 * After one of which it is not known whether it works, nothing further down can be called effective. One that is
 * broken stops most SDKs; some go on, so what comes then is not known either.
 */
export function ranked(found: readonly Found[]): CredentialCandidate[] {
  let winner: Found | null = null;
  let doubt: string | null = null;
  return found.map((one) => {
    const { state, ...candidate } = one;
    if (state === 'unreachable') return { ...candidate, status: 'unreachable' };
    if (winner && !(besides(winner) && besides(one))) return shadowed(one, winner);
    if (state === 'broken') {
      doubt ??= `it is asked after ${nameOf(one)}, which fails: SDKs that go on after a failure (Java) do, others stop`;
      return { ...candidate, status: 'broken' };
    }
    const conditions = doubt === null ? candidate.conditions : [...candidate.conditions, doubt];
    if (state === 'unknown') {
      if (!besides(one))
        doubt ??= `it is asked after ${nameOf(one)}, of which it is not known whether it works`;
      return { ...candidate, status: 'unknown', conditions };
    }
    winner ??= one;
    return doubt === null
      ? { ...candidate, status: 'effective' }
      : { ...candidate, status: 'unknown', conditions };
  });
}

/** Pods on nodes of different roles are each their own node. */
function besides({ mechanism }: Found): boolean {
  return mechanism === 'node-identity';
}

function shadowed({ state, ...candidate }: Found, winner: Found): CredentialCandidate {
  if (state === 'broken') return { ...candidate, status: 'broken' };
  return { ...candidate, status: 'shadowed', reason: `behind ${nameOf(winner)}: ${winner.reason}` };
}

const NAMES = {
  'static-keys': 'static keys',
  'pod-identity': 'EKS Pod Identity',
  'web-identity': 'the web identity token',
  'workload-identity': 'Workload Identity',
  'direct-workload-identity': 'Workload Identity',
  'federated-token': 'the federated token',
  'node-identity': 'the identity of the node',
} as const satisfies Record<CredentialCandidate['mechanism'], string>;

export function nameOf({ mechanism }: Pick<CredentialCandidate, 'mechanism'>): string {
  return NAMES[mechanism];
}

/** The records of the agent's log, by kind. */
import type { TruthKind, TruthRecord } from '../../fixtures/agent/truth.ts';

export function ofKind<K extends TruthKind>(truth: readonly TruthRecord[], kind: K) {
  return truth.filter((one): one is TruthRecord & { kind: K } => one.kind === kind);
}

export function connects(truth: readonly TruthRecord[]) {
  return ofKind(truth, 'connect').map((one) => ({ ...one, subject: `tcp/${one.address}:${one.port}` }));
}

export function imported(truth: readonly TruthRecord[]): Set<string> {
  return new Set(ofKind(truth, 'import').map(({ library }) => library));
}

/** By the search list and ndots of its resolv.conf: with every suffix first, then the name itself. */
const SUFFIXES = ['research.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];

/** The names that are asked for where this one is looked up, in order. */
export function questions(host: string): string[] {
  const dots = host.split('.').length - 1;
  return dots < 5 ? [...SUFFIXES.map((suffix) => `${host}.${suffix}`), host] : [host];
}

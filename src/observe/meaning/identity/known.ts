/**
 * Whose credentials are whose, within one process tree: a key or token that an answer handed out is known again in the
 * requests that it signs. Kept by keyed fingerprint, never as it is.
 */
import type { Said, World } from '../said.ts';

export type Identity = {
  /** `aws:arn:…`, `gcp:<account>`, `azure:app:<client id>`, `system:serviceaccount:<namespace>:<name>`. */
  principal: string;
  /** AWS account, as far as it was told. */
  account: string | null;
};

type Known = {
  byCredential: Map<string, Identity>;
  /** Per cloud, the principals seen so far. */
  seen: Map<string, Set<string>>;
};

/** Credentials rotate by the hour; those of one tree that are valid at a time are few. */
const MAX_CREDENTIALS = 1_024;
const MAX_SEEN = 64;

function known(world: World): Known {
  return world.keep('identities', () => ({ byCredential: new Map(), seen: new Map() }));
}

/** @param credential key id or token. The oldest are forgotten first. */
export function learn(world: World, credential: string, identity: Identity): void {
  const { byCredential } = known(world);
  const key = world.fingerprint(credential);
  byCredential.delete(key);
  byCredential.set(key, identity);
  const [oldest] = byCredential.keys();
  if (byCredential.size > MAX_CREDENTIALS && oldest !== undefined) byCredential.delete(oldest);
}

export function identityOf(world: World, credential: string): Identity | null {
  return known(world).byCredential.get(world.fingerprint(credential)) ?? null;
}

/**
 * From when on the tree acts as whom: the set of its principals in one cloud, whenever one joins. A tree that takes
 * turns between two roles is no change at each turn.
 */
export function identityEpoch(world: World, cloud: string, principal: string): Said['epoch'] {
  const { seen } = known(world);
  const own = seen.get(cloud) ?? new Set<string>();
  if (own.has(principal) || own.size >= MAX_SEEN) return undefined;
  own.add(principal);
  seen.set(cloud, own);
  const members = [...own].sort();
  return { thing: 'identity', subject: cloud, hash: world.fingerprint(members.join('\n')), members };
}

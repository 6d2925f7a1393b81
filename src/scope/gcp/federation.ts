/**
 * Tokens of other issuers and of AWS, exchanged for identities of workload identity pools: which principals they become,
 * and which service accounts those may become.
 * https://cloud.google.com/iam/docs/workload-identity-federation
 */

import { type Assertion, assertionOf, type ExternalToken, mapToken } from '../../match/gcp/mapping.ts';
import type { Hop, IdentityEdge } from '../../model/configured.ts';
import type { GcpEstate } from '../../model/gcp.ts';
import { hop } from './hops.ts';
import { edgesOf } from './impersonation.ts';
import { type World, worldOf } from './world.ts';

export type { ExternalToken };

type Provider = GcpEstate['providers'][number];
export type ExternalPrincipal = {
  /** `gcp:principal://…`; its subject is `*` where the token does not tell it. */
  principal: string;
  provider: string;
  effect: 'allow' | 'conditional';
  conditions: readonly string[];
  path: readonly Hop[];
  /** Service accounts that it can become. */
  edges: readonly IdentityEdge[];
};

/** Providers that refuse the token for certain are left out. */
export function externalPrincipals(estate: GcpEstate, token: ExternalToken): ExternalPrincipal[] {
  const world = worldOf(estate);
  return estate.providers
    .filter(({ disabled }) => !disabled)
    .flatMap((one) => exchange(world, one, token) ?? []);
}

/**
 * The same as edges of the identity that has the token, `from` as observed principals are written: to each principal
 * that it becomes, and from those to the accounts that they can become.
 */
export function federationEdges(estate: GcpEstate, from: string, token: ExternalToken): IdentityEdge[] {
  return externalPrincipals(estate, token).flatMap(({ principal, effect, conditions, path, edges }) => [
    { from, to: principal, by: EXCHANGE, effect, path, conditions },
    ...edges,
  ]);
}

/** https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token */
const EXCHANGE = 'sts.googleapis.com token exchange';

function exchange(world: World, provider: Provider, token: ExternalToken): ExternalPrincipal | null {
  const pool = world.hierarchy.canonical(provider.name.split('/providers/', 1)[0]!);
  const number = world.hierarchy.numberOf(pool.split('/', 2).join('/'));
  const assertion = assertionOf(provider, token, number);
  if (assertion === null) return null;
  const mapped = mapToken(provider, assertion);
  if (mapped.admitted === 'no') return null;
  const principal = world.principals.ofWho({
    type: 'workload',
    pool,
    subject: mapped.subject,
    attributes: mapped.attributes,
  });
  const conditions = [...assertion.conditions, ...mapped.conditions];
  return {
    principal: principal.id,
    provider: provider.name,
    effect: conditions.length === 0 ? 'allow' : 'conditional',
    conditions,
    path: [providerHop(provider, assertion)],
    edges: edgesOf(world, principal),
  };
}

function providerHop({ name, awsAccount }: Provider, { from }: Assertion): Hop {
  const field = awsAccount === null ? 'oidc.issuerUri' : 'aws.accountId';
  return hop(`Identity pool provider ${name}`, field, `takes tokens of ${from}`, true);
}

/**
 * Azure: managed identities of machines and of App Service, and tokens of Entra ID.
 * https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token,
 * https://learn.microsoft.com/azure/app-service/overview-managed-identity, https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
import { jsonValue } from '../../wire/json.ts';
import type { ExchangeReader, RequestHead } from '../../wire/types.ts';
import { readForm } from '../cloud/params.ts';
import { field, text } from '../json-fields.ts';
import type { Place } from '../request-target.ts';
import type { World } from '../said.ts';
import { type Whole, whole } from '../whole.ts';
import { type Hop, type Mechanism, sayHop, WORKLOAD } from './hop.ts';
import { claim, readClaims, subjectOf } from './jwt.ts';
import { identityOf } from './known.ts';

function tokenIn({ answer }: Whole): string | null {
  return text(field(jsonValue(answer), 'access_token'));
}

/** Of a resource id only what names the identity: `…/userAssignedIdentities/agent`. */
function resourceName(id: string | null): string | null {
  return claim(id?.split('/').at(-1));
}

/** By the answer, its token, or what the request asked for; else the one identity that the machine has. */
function managed({ query }: Place, seen: Whole): string {
  const claims = readClaims(tokenIn(seen) ?? '');
  const told =
    claim(field(jsonValue(seen.answer), 'client_id')) ??
    claims?.client ??
    claim(query.get('client_id') ?? query.get('clientid'));
  if (told) return `azure:app:${told}`;
  const named = resourceName(query.get('mi_res_id') ?? query.get('msi_res_id') ?? query.get('object_id'));
  return named === null ? 'azure:managed-identity' : `azure:identity:${named}`;
}

function managedReader(world: World, place: Place, mechanism: Mechanism): ExchangeReader {
  const resource = claim(place.query.get('resource'));
  return whole((seen) => {
    const to = managed(place, seen);
    const hop: Hop = {
      from: WORKLOAD,
      to,
      mechanism,
      source: `${mechanism} ${to.slice(6)}`,
      handedOut: [tokenIn(seen)],
    };
    sayHop(world, { ...hop, ...(resource === null ? {} : { words: { resource: [resource] } }) }, seen);
  });
}

type Grant = { from: string; mechanism: Mechanism };

/** An application proves itself by a secret, by its own signature, or by a token of another issuer; or it was not seen. */
function proof(world: World, form: URLSearchParams, client: string): Grant {
  const assertion = form.get('client_assertion');
  const claims = assertion === null ? null : readClaims(assertion);
  const user = form.get('assertion');
  if (user !== null) {
    const known = readClaims(user);
    const from = identityOf(world, user)?.principal ?? (known && subjectOf(known)) ?? WORKLOAD;
    return { from, mechanism: 'entra-on-behalf-of' };
  }
  if (form.get('grant_type') === 'refresh_token') return { from: WORKLOAD, mechanism: 'entra-refresh-token' };
  if (claims && claims.iss !== client)
    return { from: subjectOf(claims) ?? WORKLOAD, mechanism: 'entra-federated' };
  if (assertion !== null) return { from: WORKLOAD, mechanism: 'entra-certificate' };
  return { from: WORKLOAD, mechanism: form.has('client_secret') ? 'entra-client-secret' : 'entra-token' };
}

function entra(world: World, tenant: string): ExchangeReader {
  return whole((seen) => {
    const form = readForm(seen.request);
    const client = claim(form.get('client_id')) ?? 'unknown';
    const to = `azure:app:${client}`;
    const { from, mechanism } = proof(world, form, client);
    const words = { tenant: [tenant], ...scopes(form) };
    sayHop(
      world,
      { from, to, mechanism, source: `${mechanism} ${client}`, handedOut: [tokenIn(seen)], words },
      seen,
    );
  });
}

function scopes(form: URLSearchParams): Record<string, readonly string[]> {
  const asked = (form.get('scope') ?? form.get('resource') ?? '').split(' ').slice(0, 8);
  const kept = asked.map(claim).filter((one) => one !== null);
  return kept.length > 0 ? { scope: kept } : {};
}

const LOGIN =
  /^(?:[a-z0-9-]+\.)?login\.(?:microsoftonline\.(?:com|us)|partner\.microsoftonline\.cn|microsoft\.com|windows\.net)$/;

/** Null: nowhere that Azure hands out tokens. */
export function readMicrosoftIdentity(world: World, head: RequestHead, place: Place): ExchangeReader | null {
  const { path, host, query } = place;
  const asks = query.has('resource') && query.has('api-version');
  if (path === '/metadata/identity/oauth2/token' && head.headers.has('metadata'))
    return managedReader(world, place, 'azure-imds');
  if (
    asks &&
    (head.headers.has('x-identity-header') || (path === '/msi/token' && head.headers.has('secret')))
  )
    return managedReader(world, place, 'azure-app-service');
  const tenant = /^\/([\w.-]{1,128})\/oauth2\/(?:v2\.0\/)?token$/.exec(path)?.[1];
  return LOGIN.test(host) && tenant !== undefined && head.method === 'POST' ? entra(world, tenant) : null;
}

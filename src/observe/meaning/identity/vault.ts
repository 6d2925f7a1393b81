/** HashiCorp Vault: who logs in by what, and as which role. https://developer.hashicorp.com/vault/api-docs/auth */
import { jsonValue } from '../../wire/json.ts';
import type { ExchangeReader, RequestHead } from '../../wire/types.ts';
import { field, text } from '../json-fields.ts';
import type { Place } from '../request-target.ts';
import type { World } from '../said.ts';
import { whole } from '../whole.ts';
import { sayHop, WORKLOAD } from './hop.ts';
import { claim, readClaims, subjectOf } from './jwt.ts';

const LOGIN = /^\/v1\/auth\/([\w/-]{1,64}?)\/login(?:\/[^/]{1,128})?$/;

/** Null: no login to Vault. */
export function readVaultIdentity(world: World, head: RequestHead, place: Place): ExchangeReader | null {
  const mount = LOGIN.exec(place.path)?.[1];
  const ours =
    head.headers.has('x-vault-request') || place.host.includes('vault') || place.authority.endsWith(':8200');
  if (mount === undefined || !ours) return null;
  return whole((seen) => {
    const body = jsonValue(seen.request);
    const claims = readClaims(text(field(body, 'jwt')) ?? '');
    const from = (claims && subjectOf(claims)) ?? WORKLOAD;
    const to = `vault:${mount}/${claim(field(body, 'role')) ?? '*'}`;
    const token = text(field(jsonValue(seen.answer), 'auth', 'client_token'));
    sayHop(
      world,
      { from, to, mechanism: 'vault-login', source: to.replace(':', ' '), handedOut: [token] },
      seen,
    );
  });
}

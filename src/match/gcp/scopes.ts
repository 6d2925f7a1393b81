/**
 * OAuth scopes of a node's token, which bound whatever its account may do.
 * https://cloud.google.com/compute/docs/access/service-accounts#accesscopesiam
 */
import { known, type Ternary } from '../ternary.ts';

const PREFIX = 'https://www.googleapis.com/auth/';
const READS = /\.(get|list|getIamPolicy|getData|read|search)$/i;

/** Scope → service of the permissions that it opens; `read`: those that read only. */
const SCOPES: ReadonlyMap<string, { service: string; read: boolean }> = new Map([
  ['devstorage.full_control', { service: 'storage', read: false }],
  ['devstorage.read_write', { service: 'storage', read: false }],
  ['devstorage.read_only', { service: 'storage', read: true }],
  ['logging.write', { service: 'logging', read: false }],
  ['monitoring', { service: 'monitoring', read: false }],
  ['monitoring.write', { service: 'monitoring', read: false }],
  ['bigquery', { service: 'bigquery', read: false }],
  ['compute', { service: 'compute', read: false }],
  ['compute.readonly', { service: 'compute', read: true }],
  ['pubsub', { service: 'pubsub', read: false }],
  ['datastore', { service: 'datastore', read: false }],
  ['service.management', { service: 'servicemanagement', read: false }],
  ['servicecontrol', { service: 'servicecontrol', read: false }],
  ['service.management.readonly', { service: 'servicemanagement', read: true }],
  ['trace.append', { service: 'cloudtrace', read: false }],
]);
const EVERYTHING = new Set(['cloud-platform']);

export function isUnbounded(scopes: readonly string[]): boolean {
  return scopes.some((scope) => EVERYTHING.has(shortName(scope)));
}

/** Whether a token of these scopes may use a permission at all; a scope that is not tabled may open anything. */
export function scopesAllow(scopes: readonly string[], permission: string): Ternary {
  if (isUnbounded(scopes)) return 'yes';
  const service = permission.slice(0, Math.max(0, permission.indexOf('.')));
  const tabled = scopes.map((scope) => SCOPES.get(shortName(scope)));
  const opened = tabled.filter((one) => one?.service === service);
  // Which methods a writing scope leaves out differs by service.
  if (opened.some((one) => one && (!one.read || READS.test(permission)))) return 'yes';
  return tabled.some((one) => one === undefined) ? 'unknown' : known(false);
}

function shortName(scope: string): string {
  return scope.startsWith(PREFIX) ? scope.slice(PREFIX.length) : scope;
}

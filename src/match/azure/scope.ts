/** Whether a role assignment on a scope holds for a resource: on the resource itself, and on all above it. */
import { both, type Ternary } from '../ternary.ts';

const MANAGEMENT_GROUP = /^\/providers\/microsoft\.management\/managementgroups\/[^/]+$/;

/**
 * Resources are ids (`/subscriptions/…`), or of data as they were observed: `account/container/*`, which tells neither
 * subscription nor resource group. Which subscriptions are below a management group is not read: `unknown`.
 */
export function scopeCovers(scope: string, resource: string): Ternary {
  const above = clean(scope);
  const below = clean(resource);
  if (above === '') return 'yes';
  if (!below.startsWith('/')) return coversData(above, below);
  if (below === above || below.startsWith(`${above}/`)) return 'yes';
  if (MANAGEMENT_GROUP.test(above)) return 'unknown';
  return below.includes('*') ? starred(above, below) : 'no';
}

function clean(id: string): string {
  return id.toLowerCase().replace(/\/+$/, '');
}

/** What was not told whole may be there, as far as what was told agrees. */
function starred(above: string, below: string): Ternary {
  const told = below.slice(0, below.indexOf('*'));
  return above.startsWith(told) || told.startsWith(above) ? 'unknown' : 'no';
}

/** By the names on the way: `storageAccounts/a/blobServices/default/containers/c` are `a`, `c`. */
function coversData(above: string, below: string): Ternary {
  const provider = above.lastIndexOf('/providers/');
  if (provider < 0 || MANAGEMENT_GROUP.test(above)) return 'unknown';
  const [, , , ...typed] = above.slice(provider).split('/');
  const names = typed.filter((name, index) => index % 2 === 1 && name !== 'default');
  const told = below.split('/');
  let answer: Ternary = 'yes';
  for (const [index, name] of names.entries()) answer = both(answer, sameName(name, told[index]));
  return answer;
}

function sameName(name: string, told: string | undefined): Ternary {
  if (told === undefined || told === '*') return 'unknown';
  return name === told ? 'yes' : 'no';
}

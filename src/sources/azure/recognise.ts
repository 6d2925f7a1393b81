/** What a document of `az … -o json` is: by its members, and where it is an empty list by the name of its file. */

export type Part =
  | 'identities'
  | 'federated-credentials'
  | 'applications'
  | 'service-principals'
  | 'role-assignments'
  | 'role-definitions'
  | 'clusters';
export type Recognised = {
  part: Part;
  rows: readonly unknown[];
  /** Name or client id of the identity, of files that lie in its folder: `azure/app/<client id>/federated-…`. */
  owner: string | null;
};

const FILES: readonly [Part, RegExp][] = [
  ['federated-credentials', /^federated-(?:identity-)?credentials?/],
  ['role-assignments', /^role-assignments?/],
  ['role-definitions', /^role-definitions?/],
  ['service-principals', /^(?:service-principals?|sps?)\b/],
  ['applications', /^(?:applications?|apps?)\b/],
  ['identities', /^identit(?:y|ies)/],
  ['clusters', /^(?:clusters?|aks)\b/],
];

/** Null: not of Azure. A list is of what its first row is. */
export function recognise(document: unknown, path: string): Recognised | null {
  const rows = rowsOf(document);
  if (rows === null) return null;
  const part = rows.length === 0 ? partOfFile(path) : partOfRow(rows[0]);
  return part === null ? null : { part, rows, owner: ownerOf(path) };
}

/** `az rest` answers lists as they come, under `value`. */
function rowsOf(document: unknown): readonly unknown[] | null {
  if (Array.isArray(document)) return document;
  if (typeof document !== 'object' || document === null) return null;
  const { value } = document as { value?: unknown };
  return Array.isArray(value) ? value : [document];
}

function partOfRow(row: unknown): Part | null {
  if (typeof row !== 'object' || row === null) return null;
  const has = (...names: string[]) => names.every((name) => Object.hasOwn(row, name));
  const { id, type } = row as { id?: unknown; type?: unknown };
  const place = typeof id === 'string' ? id.toLowerCase() : '';
  const kind = typeof type === 'string' ? type.toLowerCase() : '';
  if (has('issuer', 'audiences', 'name')) return 'federated-credentials';
  if (/\/userassignedidentities\/[^/]+$/.test(place) && has('clientId')) return 'identities';
  if (has('roleDefinitionId', 'principalId', 'scope')) return 'role-assignments';
  if (has('permissions') && place.includes('microsoft.authorization/roledefinitions/'))
    return 'role-definitions';
  if (kind === 'microsoft.containerservice/managedclusters') return 'clusters';
  if (has('appId', 'servicePrincipalType')) return 'service-principals';
  return has('appId', 'signInAudience') ? 'applications' : null;
}

function partOfFile(path: string): Part | null {
  const segments = path.split(/[/\\]/);
  if (!segments.includes('azure')) return null;
  const name = segments.at(-1)!.toLowerCase();
  return FILES.find(([, pattern]) => pattern.test(name))?.[0] ?? null;
}

function ownerOf(path: string): string | null {
  return /[/\\]?(?:app|identity)[/\\]([^/\\]{1,256})[/\\][^/\\]+$/.exec(path)?.[1] ?? null;
}

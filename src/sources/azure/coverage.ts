/** What was read of Azure, list by list. A list that nobody gave is said, and never taken for an empty one. */
import type { ResourceName, SourceCoverage } from '../../model/kubernetes.ts';
import type { Part } from './recognise.ts';
import type { Store } from './store.ts';

const LISTS: readonly { part: Part; resource: ResourceName; command: string }[] = [
  { part: 'identities', resource: 'azure-identities', command: 'az identity list' },
  { part: 'role-assignments', resource: 'azure-role-assignments', command: 'az role assignment list --all' },
  { part: 'role-definitions', resource: 'azure-role-assignments', command: 'az role definition list' },
  { part: 'clusters', resource: 'azure-clusters', command: 'az aks list' },
];

export function coverageOf(store: Store): SourceCoverage[] {
  const lists = LISTS.map(({ part, resource, command }) =>
    row(`azure:${part}`, resource, listOf(store, part), `not read; its dump: ${command} -o json`),
  );
  return [...lists, ...credentialRows(store)];
}

function listOf(store: Store, part: Part) {
  const found = store.parts.get(part);
  // Whoever uses applications only has no list of managed identities.
  return part === 'identities' && !found
    ? (store.parts.get('service-principals') ?? store.parts.get('applications'))
    : found;
}

/** One of each identity: each has a list of its own. */
function credentialRows(store: Store): SourceCoverage[] {
  return [...store.identities.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, name, clientId }) => {
      const names = [id, clientId, name, `app/${clientId}`].map((one) => one.toLowerCase());
      const listed = names.some((one) => store.listed.has(one));
      const own = [...store.credentials.values()].filter(
        ({ identity }) => identity.toLowerCase() === id.toLowerCase(),
      );
      const command = id.startsWith('app/')
        ? `az ad app federated-credential list --id ${clientId}`
        : `az identity federated-credential list --identity-name ${name}`;
      return row(
        `azure:federated-credentials:${id}`,
        'azure-identities',
        listed ? { objects: own.length, problem: null } : undefined,
        `not read; its dump: ${command} -o json`,
      );
    });
}

function row(
  source: string,
  resource: ResourceName,
  found: { objects: number; problem: string | null } | undefined,
  absent: string,
): SourceCoverage {
  const base = { source, resource, namespaces: null };
  if (!found) return { ...base, status: 'absent', objects: 0, reason: absent };
  const { objects, problem } = found;
  return { ...base, status: problem === null ? 'read' : 'failed', objects, reason: problem };
}

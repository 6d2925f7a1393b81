/**
 * The estate from what `az … -o json` wrote, each document taken by its content. Nothing throws: what is malformed is a
 * warning, and what rests on it was not read whole.
 */
import type { AzureEstate } from '../../model/azure.ts';
import { coverageOf } from './coverage.ts';
import { recognise } from './recognise.ts';
import { createStore, type Store } from './store.ts';
import { take } from './take.ts';

export type AzureBuilder = {
  /**
   * False: not of Azure. `path` of the file, for warnings, and because lists of federated credentials of applications do
   * not say whose they are: `azure/app/<client id>/federated-credentials.json`.
   */
  add(document: unknown, path: string): boolean;
  /** `readAt`: newest file time. */
  finish(readAt: string | null): AzureEstate;
};

const MAX_WARNINGS = 200;

export function createAzureBuilder(): AzureBuilder {
  const store = createStore();
  return {
    add(document, path) {
      const found = recognise(document, path);
      if (found === null) return false;
      for (const problem of take(store, found))
        if (store.warnings.length < MAX_WARNINGS) store.warnings.push(`${path}: ${problem}`);
      return true;
    },
    finish: (readAt) => finish(store, readAt),
  };
}

function finish(store: Store, readAt: string | null): AzureEstate {
  return {
    identities: sorted(store.identities),
    federatedCredentials: sorted(store.credentials),
    roleAssignments: sorted(store.assignments),
    roleDefinitions: sorted(store.definitions),
    clusters: sorted(store.clusters),
    readAt,
    coverage: coverageOf(store),
    warnings: store.warnings,
  };
}

function sorted<T>(map: ReadonlyMap<string, T>): T[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

/**
 * The estate from documents, whether the API answered them or `gcloud … --format json` wrote them: one conversion, one
 * answer. Nothing throws: what is malformed is a warning, and what rests on it was not read.
 */
import type { GcpEstate } from '../../model/gcp.ts';
import { finishEstate } from './finish.ts';
import type { Place } from './layout.ts';
import { type Recognised, recognise } from './recognise.ts';
import { createStore, type Store } from './store.ts';
import { take } from './take.ts';

export type GcpBuilder = {
  /** False: not of Google Cloud. `path` of the file, for warnings and for what only the place of a file tells. */
  add(document: unknown, path: string): boolean;
  /** `readAt`: newest file time; the time that a saved reading carries goes before it. */
  finish(readAt: string | null): GcpEstate;
};

const MAX_WARNINGS = 200;

export function isGcpDocument(document: unknown, path: string): boolean {
  return recognise(document, path) !== null;
}

export function createGcpBuilder(): GcpBuilder {
  const store = createStore();
  return {
    add(document, path) {
      const found = recognise(document, path);
      if (found === null) return false;
      for (const problem of take(store, found)) warn(store, found, `${path}: ${problem}`);
      return true;
    },
    finish: (readAt) => finishEstate(store, readAt),
  };
}

function warn(store: Store, { part, resource }: Recognised, text: string): void {
  if (store.warnings.length < MAX_WARNINGS) store.warnings.push(text);
  if (resource !== null) fail(store, { part, resource }, text);
}

function fail(store: Store, place: Place, reason: string): void {
  store.failures.set(JSON.stringify(place), { place, reason });
}

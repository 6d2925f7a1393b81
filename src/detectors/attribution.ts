/** What else changed between baseline and window: a shift with a known cause is read differently. */
import type { ObservedWorkload } from '../model/observed.ts';
import type { Epoch } from '../model/snapshot.ts';
import { listed } from './words.ts';

const CHANGES = {
  'model-residency': 'model update',
  'mcp-catalog': 'tool catalog change',
  'library-inventory': 'library change',
  'model-alias': 'model update',
  'prompt-template': 'prompt change',
  identity: 'identity change',
  'process-inventory': null,
} as const satisfies Record<Epoch['thing'], string | null>;

/** `rollout (revision 7d9f)`, `model update (bge-small)` …; empty: none of the known causes. */
export function attribute(window: ObservedWorkload, baseline: ObservedWorkload): string[] {
  const known = new Set(baseline.revisions);
  const rolled = window.revisions.filter((revision) => !known.has(revision));
  const rollout = rolled.length > 0 ? [`rollout (revision ${listed(rolled)})`] : [];
  return [...rollout, ...changedThings(window, baseline)];
}

/** Epochs are compared by what was true in them; what the baseline has never seen of a thing is a change of it. */
function changedThings(window: ObservedWorkload, baseline: ObservedWorkload): string[] {
  const key = ({ thing, subject, hash }: Epoch) => JSON.stringify([thing, subject, hash]);
  const before = new Set(baseline.epochs.map(key));
  // A thing of which the baseline has no epoch at all was not watched then: nothing can be said of it.
  const watched = new Set(baseline.epochs.map(({ thing }) => thing));
  const changed = window.epochs.filter((epoch) => watched.has(epoch.thing) && !before.has(key(epoch)));
  return [...Map.groupBy(changed, ({ thing }) => thing)].flatMap(([thing, epochs]) => {
    const name = CHANGES[thing];
    return name === null ? [] : [`${name} (${listed([...new Set(epochs.map((epoch) => epoch.subject))])})`];
  });
}

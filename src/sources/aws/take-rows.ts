/** What a live reading said of itself, beside what it saved: a denied call is not to become an empty answer. */
import { z } from 'zod';
import { RESOURCES } from '../../model/kubernetes.ts';
import type { Place } from './place.ts';
import { text, time } from './schema.ts';
import { clean, knowAccount, type SavedRow, type Store, warn } from './store.ts';

const rowSchema = z.object({
  source: text.regex(/^aws:\d{12}(\/[a-z0-9-]+)?:[a-z-]+$/),
  resource: z.enum(RESOURCES),
  status: z.enum(['read', 'denied', 'failed', 'absent', 'not-served']),
  objects: z.int().min(0),
  reason: z.string().max(10_000).nullable(),
});
const rowsSchema = z.object({ aiSpmAwsCoverage: z.array(rowSchema).max(100_000), readAt: time });

export function takeRows(store: Store, document: unknown, place: Place): void {
  const found = rowsSchema.safeParse(document);
  if (!found.success) {
    warn(store, `${place.label}: not a coverage that was saved here, left out`);
    return;
  }
  for (const row of found.data.aiSpmAwsCoverage)
    putRow(store, { ...row, reason: row.reason === null ? null : clean(row.reason) });
  const { readAt } = found.data;
  // Of several readings the oldest counts: nothing is newer than said.
  if (readAt !== null && (store.readAt === null || readAt < store.readAt)) store.readAt = readAt;
}

export function putRow(store: Store, row: SavedRow): void {
  store.rows.set(row.source, row);
  knowAccount(store, row.source.slice(4, 16));
}

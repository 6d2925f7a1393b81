import type { Kind } from '../../model/kinds.ts';
import type { ObservedWorkload } from '../../model/observed.ts';
import { isKind } from '../dimensions.ts';
import type { Presence } from './coverage.ts';

/** Largest fold of any segment per kind: templates of several segments overlap, so they are not added up. */
export function foldedOf(presences: readonly Presence[]): ObservedWorkload['folded'] {
  const folded: Partial<Record<Kind, { subjects: number; templates: number }>> = {};
  for (const { segment, local } of presences) {
    for (const { workload, kind, subjects, templates } of segment.folded) {
      if (workload !== local || !isKind(kind)) continue;
      const known = folded[kind] ?? { subjects: 0, templates: 0 };
      folded[kind] = {
        subjects: Math.max(subjects, known.subjects),
        templates: Math.max(templates, known.templates),
      };
    }
  }
  return folded;
}

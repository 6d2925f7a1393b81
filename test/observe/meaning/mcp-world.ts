import { createHmac } from 'node:crypto';
import type { Said, World } from '../../../src/observe/meaning/said.ts';

export type Heard = World & {
  said: Said[];
  of(kind: Said['kind']): Said[];
  /** Sums of all that was said of one subject, or of all subjects of a kind. */
  sum(name: string, kind?: Said['kind']): number;
  words(name: string, kind?: Said['kind']): string[];
  /** Counted uses by subject. */
  counts(kind: Said['kind']): Record<string, number>;
  epochs(): NonNullable<Said['epoch']>[];
};

/** A world that remembers what it was told. */
export function heard(): Heard {
  const said: Said[] = [];
  const kept = new Map<string, unknown>();
  const of = (kind: Said['kind']) => said.filter((one) => one.kind === kind);
  return {
    said,
    of,
    say: (one) => void said.push(one),
    fingerprint: (text) => createHmac('sha256', 'key of the test').update(text).digest('hex').slice(0, 32),
    keep<T>(name: string, create: () => T): T {
      if (!kept.has(name)) kept.set(name, create());
      return kept.get(name) as T;
    },
    sum: (name, kind = 'mcp-server') => of(kind).reduce((total, { sums }) => total + (sums?.[name] ?? 0), 0),
    words: (name, kind = 'mcp-server') =>
      [...new Set(of(kind).flatMap(({ words }) => words?.[name] ?? []))].sort(),
    counts(kind) {
      const counts: Record<string, number> = {};
      for (const { subject, count = 1 } of of(kind))
        if (count) counts[subject] = (counts[subject] ?? 0) + count;
      return counts;
    },
    epochs: () => said.flatMap(({ epoch }) => epoch ?? []),
  };
}

import { RowIndex } from './row-index.ts';
import { createStrings, type Strings } from './strings.ts';

/** Fields of a dimension, in the order of its tuple; all are string numbers. */
export const FIELD = {
  workload: 0,
  container: 1,
  process: 2,
  principal: 3,
  kind: 4,
  subject: 5,
  context: 6,
  source: 7,
} as const;

/** Fields of a subject: what discovery, sessions and peers are keyed by. */
export const SUBJECT_FIELD = { workload: 0, kind: 1, subject: 2 } as const;

/** The numbering shared by all segments of a history. */
export type Keys = {
  strings: Strings;
  /** Key of an observation row. */
  dimensions: RowIndex;
  /** (workload, kind, subject) */
  subjects: RowIndex;
  /** Room for the tuples of one segment, while they are interned. */
  tuples(length: number): Int32Array;
};

export function createKeys(): Keys {
  let room = new Int32Array(0);
  return {
    strings: createStrings(),
    dimensions: new RowIndex(8),
    subjects: new RowIndex(3),
    tuples(length) {
      if (room.length < length) room = new Int32Array(length);
      return room;
    },
  };
}

/** Condition keys of a request. */

/**
 * Values of a key; none: it is known to be absent; null: it is not known whether it is there, nor with which values.
 * Keys are asked for in lower case.
 */
export type Lookup = (key: string) => readonly string[] | null;

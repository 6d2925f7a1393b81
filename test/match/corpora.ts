import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { isThere } from '../there.ts';

/** Verdicts computed by other programs; they lie beside the checkout and are not part of it. */
export function corpusPath(name: string): string {
  return fileURLToPath(new URL(`../../../shared/corpora/${name}`, import.meta.url));
}

export function hasCorpus(name: string): boolean {
  return isThere(corpusPath(name), 'verdicts of a corpus');
}

export function readCorpus<T>(name: string): T[] {
  return gunzipSync(readFileSync(corpusPath(name)))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

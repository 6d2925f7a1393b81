/** Texts that name an artifact: `name@version`, a package URL, a path, a model URI. */

import type { ArtifactPattern } from '../match/artifact.ts';
import { parsePurl } from '../match/artifact.ts';

/** Null for an empty text. A scoped npm name begins with `@`, so its version is after the second one. */
export function parseArtifact(text: string): ArtifactPattern | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const purl = parsePurl(trimmed);
  if (purl) {
    const name = purl.namespace === null ? purl.name : `${purl.namespace}/${purl.name}`;
    return { type: 'artifact', name, version: purl.version, purl: trimmed, path: null };
  }
  if (/^(\.{0,2}\/|file:\/\/)/.test(trimmed)) return pathArtifact(trimmed.replace(/^file:\/\//, ''));
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//.exec(trimmed)?.[0];
  if (scheme && scheme !== 'hf://')
    return { type: 'artifact', name: trimmed, version: null, purl: null, path: null };
  const name = trimmed.slice(scheme?.length ?? 0);
  const at = name.indexOf('@', 1);
  if (at < 0) return { type: 'artifact', name, version: null, purl: null, path: null };
  return { type: 'artifact', name: name.slice(0, at), version: name.slice(at + 1), purl: null, path: null };
}

function pathArtifact(path: string): ArtifactPattern {
  const name = path.split('/').filter(Boolean).at(-1) ?? path;
  return { type: 'artifact', name, version: null, purl: null, path };
}

/** LoRA lists are written `name=path` or as JSON objects; the path is what gets loaded. */
export function adapterTexts(value: string): string[] {
  return value
    .split(/[\s,]+/)
    .map((one) => (one.includes('=') ? one.slice(one.indexOf('=') + 1) : one))
    .filter((one) => one !== '' && !one.startsWith('{'));
}

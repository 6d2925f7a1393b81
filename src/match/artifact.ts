/** Names of packages and models as their ecosystems compare them: PEP 503, npm, package URLs, Hugging Face. */
import { MODEL_FORMATS } from '../catalog/model-formats.ts';
import type { Pattern } from '../model/configured.ts';
import { pathUnder } from './path.ts';

export type ArtifactPattern = Extract<Pattern, { type: 'artifact' }>;
export type ArtifactSubject = {
  name: string;
  version: string | null;
  purl: string | null;
  path: string | null;
};
export type Purl = { type: string; namespace: string | null; name: string; version: string | null };

/** `pkg:type/namespace/name@version?qualifiers#subpath`, percent-decoded (package-url/purl-spec); null if none. */
export function parsePurl(text: string): Purl | null {
  const match = /^pkg:\/{0,2}([a-zA-Z][a-zA-Z0-9.+-]*)\/([^?#]+)/.exec(text);
  if (!match) return null;
  const at = match[2]!.lastIndexOf('@');
  const path = (at > 0 ? match[2]!.slice(0, at) : match[2]!).split('/').filter(Boolean).map(decode);
  const name = path.pop();
  if (!name) return null;
  return {
    type: match[1]!.toLowerCase(),
    namespace: path.length > 0 ? path.join('/') : null,
    name,
    version: at > 0 ? decode(match[2]!.slice(at + 1)) : null,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** PEP 503: runs of `-`, `_` and `.` are one dash, lower case. npm names only differ in case (old uploads). */
export function normalizeName(name: string): string {
  const lower = name.toLowerCase();
  return lower.startsWith('@') || lower.includes('/') ? lower : lower.replace(/[-_.]+/g, '-');
}

/** Version equality as far as writing differs: a leading `v`, and PEP 440's local part (`2.4.0+cpu`). */
export function sameVersion(a: string, b: string): boolean {
  const plain = (version: string) => version.replace(/^v(?=\d)/, '').replace(/\+.*$/, '');
  return plain(a) === plain(b);
}

/** Whether what was seen is what the pattern declares. A version that either side lacks decides nothing. */
export function artifactMatches(pattern: ArtifactPattern, subject: ArtifactSubject): boolean {
  if (pattern.version !== null && subject.version !== null && !sameVersion(pattern.version, subject.version))
    return false;
  return samePath(pattern.path, subject.path) || sameName(pattern, subject);
}

/** A declared directory covers the files in it. */
function samePath(declared: string | null, seen: string | null): boolean {
  return declared !== null && seen !== null && pathUnder(declared, seen);
}

function sameName(pattern: ArtifactPattern, subject: ArtifactSubject): boolean {
  const [declared, seen] = [identity(pattern), identity(subject)];
  if (declared.type !== null && seen.type !== null && declared.type !== seen.type) return false;
  if (declared.name === seen.name || declared.name === modelName(seen.name, subject.path)) return true;
  return repositoryOf(subject.path) === declared.name;
}

function identity({ name, purl }: { name: string; purl: string | null }): {
  type: string | null;
  name: string;
} {
  const parsed = purl === null ? null : parsePurl(purl);
  if (!parsed) return { type: null, name: normalizeName(name) };
  const full = parsed.namespace === null ? parsed.name : `${parsed.namespace}/${parsed.name}`;
  return { type: parsed.type, name: normalizeName(full) };
}

const MODEL_EXTENSIONS = MODEL_FORMATS.flatMap(({ extensions }) => extensions);

/** A model is declared by its name and loaded from a file: `corpus-embed-v1` is `corpus-embed-v1.safetensors`. */
function modelName(name: string, path: string | null): string | null {
  const extension = MODEL_EXTENSIONS.find((ending) => path?.toLowerCase().endsWith(ending));
  return extension === undefined ? null : name.slice(0, -extension.length);
}

/** `…/models--ORG--NAME/snapshots/…` is how the Hugging Face cache spells `ORG/NAME`. */
function repositoryOf(path: string | null): string | null {
  const match = path === null ? null : /\/models--([^/]+)\//.exec(path);
  return match ? match[1]!.replaceAll('--', '/').toLowerCase() : null;
}

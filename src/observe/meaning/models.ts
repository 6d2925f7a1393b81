/** Model and adapter files by path: format by name rules, identity by the layout of the repository they lie in. */
import { ADAPTER_FILES, MODEL_FORMATS, type ModelFormat } from '../../catalog/model-formats.ts';
import { basename } from '../workload/process-class.ts';
import type { LoadState, ModelUse } from './artifact-use.ts';

/** `models--ORG--NAME/snapshots/<commit>/file` and `…/blobs/<etag>`; an etag of 64 hex digits is the SHA-256. */
const HF_SNAPSHOT = /\/models--([^/]+)\/snapshots\/([0-9a-f]{40}|[^/]+)\/(.+)$/;
const HF_BLOB = /\/models--([^/]+)\/blobs\/([0-9a-f]{64})$/;
/** Ollama keeps everything by digest: weights and small JSON alike, so only a mapped one is known to be weights. */
const OLLAMA_BLOB = /\/models\/blobs\/sha256-([0-9a-f]{64})$/;
const SITE = /\/(?:site|dist)-packages\//;

const ADAPTERS = new Map(ADAPTER_FILES.map(({ name, format }) => [name, format]));
const BY_EXTENSION = new Map<string, ModelFormat[]>();
for (const format of MODEL_FORMATS)
  for (const extension of format.extensions)
    BY_EXTENSION.set(extension, [...(BY_EXTENSION.get(extension) ?? []), format]);

/** `*` in names only; both sides are short and the pattern is ours. */
function nameMatches(name: string, pattern: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return name === pattern;
  const tail = rest.at(-1)!;
  const middle = rest.slice(0, -1);
  if (name.length < head.length + tail.length || !name.startsWith(head) || !name.endsWith(tail)) return false;
  return middle.every((part) => name.slice(head.length, name.length - tail.length).includes(part));
}

function formatOf(name: string, inRepository: boolean): string | null {
  const lower = name.toLowerCase();
  const dot = lower.lastIndexOf('.');
  for (const format of dot < 0 ? [] : (BY_EXTENSION.get(lower.slice(dot)) ?? [])) {
    const named = format.names?.some((pattern) => nameMatches(lower, pattern)) ?? false;
    if (format.trust === 'always' || named || (inRepository && format.format === 'pytorch'))
      return format.format;
  }
  return null;
}

function repositoryName(folder: string): string {
  return folder.replace('--', '/');
}

type Found = Omit<ModelUse, 'type' | 'path' | 'state'>;

function inHubCache(path: string): Found | null {
  const blob = HF_BLOB.exec(path);
  if (blob)
    return {
      kind: 'model',
      repository: repositoryName(blob[1]!),
      revision: null,
      format: null,
      sha256: blob[2]!,
      rule: 'huggingface-blob',
    };
  const snapshot = HF_SNAPSHOT.exec(path);
  if (!snapshot) return null;
  const name = basename(snapshot[3]!);
  const adapter = ADAPTERS.get(name);
  const format = adapter ?? formatOf(name, true);
  if (format === null) return null;
  return {
    kind: adapter ? 'adapter' : 'model',
    repository: repositoryName(snapshot[1]!),
    revision: snapshot[2]!,
    format,
    sha256: null,
    rule: 'huggingface-snapshot',
  };
}

function byName(path: string, state: LoadState): Found | null {
  const plain = { repository: null, revision: null };
  const ollama = OLLAMA_BLOB.exec(path);
  if (ollama)
    return state === 'mapped'
      ? { kind: 'model', ...plain, format: 'gguf', sha256: ollama[1]!, rule: 'ollama-blob' }
      : null;
  const name = basename(path);
  const adapter = ADAPTERS.get(name);
  if (adapter) return { kind: 'adapter', ...plain, format: adapter, sha256: null, rule: 'adapter-file' };
  const format = name.endsWith('.pth') && SITE.test(path) ? null : formatOf(name, false);
  return format === null
    ? null
    : { kind: 'model', ...plain, format, sha256: null, rule: `model-format:${format}` };
}

/** Null for what is no model. A blob of the hub's cache that was only opened may be any file of the repository. */
export function modelFile(path: string, state: LoadState): ModelUse | null {
  const found = inHubCache(path) ?? byName(path, state);
  if (!found || (found.rule === 'huggingface-blob' && state !== 'mapped')) return null;
  return { type: 'model', path, state, ...found };
}

/** `ORG/NAME@revision` where known, else the file; an adapter is its directory, weights and config together. */
export function modelSubject(use: ModelUse, revision: string | null): string {
  if (use.repository !== null) return revision === null ? use.repository : `${use.repository}@${revision}`;
  const path = use.kind === 'adapter' ? use.path.slice(0, use.path.lastIndexOf('/')) : use.path;
  return `file:${path}`;
}

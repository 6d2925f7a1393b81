/** Indexes of embeddings that a program holds in files of its own: which store made them, by the layout on disk. */

/** Group `index`: what is one index, or the folder that is the store. Names that others use too are not here. */
const LAYOUTS: readonly (readonly [store: string, path: RegExp])[] = [
  // https://cookbook.chromadb.dev/core/storage-layout/
  ['chroma', /^(?<index>.+)\/chroma\.sqlite3$/],
  // https://lancedb.github.io/lance/format/table/
  ['lancedb', /^(?<index>.+\/[^/]+\.lance)\/(?:_versions|_indices|_transactions|data)\/[^/]/],
  // qdrant-client, local mode
  ['qdrant', /^(?<index>.+\/collection\/[^/]+)\/storage\.sqlite$/],
  // milvus-lite 3: a folder with the name of a file
  ['milvus-lite', /^(?<index>.+\/collections\/[^/]+)\/partitions\/[^/]+\/(?:data|indexes)\/[^/]/],
  ['faiss', /^(?<index>.+\.faiss)$/],
  ['annoy', /^(?<index>.+\.ann)$/],
  ['usearch', /^(?<index>.+\.usearch)$/],
  // LlamaIndex's SimpleVectorStore
  ['llamaindex', /^(?<index>.+)\/[a-z_]{1,64}__vector_store\.json$/],
];

/** `<store>/file:<path>`, or null for what is no such file. */
export function indexFile(path: string): string | null {
  for (const [store, layout] of LAYOUTS) {
    const index = layout.exec(path)?.groups?.index;
    if (index !== undefined) return `${store}/file:${index}`;
  }
  return null;
}

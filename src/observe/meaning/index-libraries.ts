/**
 * Indexes of embeddings in files whose names do not tell: an SQLite database with vectors in it is an SQLite database.
 * What tells is the library that the same process has mapped. That it works on just this file is likely, not sure: a
 * process with two databases and sqlite-vec has said nothing of which.
 */
import { indexFile } from './index-files.ts';
import { modelFile } from './models.ts';

type IndexLibrary = {
  store: string;
  /** Of what is mapped, or executed. */
  library: RegExp;
  /** Group `index`: the file, without what is beside it. */
  data: RegExp;
};

/** A journal beside it shows what is one, whatever it is called: https://sqlite.org/tempfiles.html */
const SQLITE = /^(?<index>.+(?=-(?:wal|shm|journal)$)|.+\.(?:db3?|sqlite3?)$)/;
/** https://duckdb.org/docs/stable/connect/overview: any name; the log beside it adds `.wal`. */
const DUCKDB = /^(?<index>.+\.(?:duckdb|ddb|db))(?:\.wal)?$/;
/** What `save` is given in the projects' own examples. */
const BINARY = /^(?<index>.+\.(?:bin|idx|index|hnsw|ann|usearch|faiss|ivf))$/;

const LIBRARIES: readonly IndexLibrary[] = [
  // https://alexgarcia.xyz/sqlite-vec/: the loadable extension of all packages
  { store: 'sqlite-vec', library: /\/vec0\.so$/, data: SQLITE },
  { store: 'sqlite-vss', library: /\/vss0\.so$/, data: SQLITE },
  { store: 'duckdb-vss', library: /\/vss\.duckdb_extension$/, data: DUCKDB },
  // milvus-lite 2: a server of its own over one SQLite file. From 3 on its folder tells, see index-files.ts.
  { store: 'milvus-lite', library: /\/milvus_lite\/lib\/milvus$/, data: SQLITE },
  {
    store: 'hnswlib',
    library: /\/hnswlib(?:\.[\w-]+)?\.so$|\/hnswlib-node\/.{1,64}\/addon\.node$/,
    data: BINARY,
  },
  {
    store: 'usearch',
    library: /\/usearch\/compiled\.[\w.-]+\.so$|\/libusearch_c\.so$|\/usearch\.node$/,
    data: BINARY,
  },
  { store: 'annoy', library: /\/annoylib\.[\w.-]+\.so$/, data: BINARY },
  {
    store: 'faiss',
    library: /\/_swigfaiss\w*(?:\.[\w-]+)?\.so$|\/libfaiss\w*\.so$|\/faiss-node\.node$/,
    data: BINARY,
  },
];

/** Of the system and of packages: never what a user's embeddings are in. */
const FOREIGN =
  /^\/(?:usr|lib|lib64|bin|sbin|etc|proc|sys|dev|boot)\/|\/(?:site-packages|dist-packages|node_modules|__pycache__)\//;
/** Chroma keeps hnswlib's graphs in parts, beside the database that names the index. */
const PARTS = /\/(?:header|data_level0|length|link_lists)\.bin$/;

/** The store whose library this is, or null. */
export function indexLibrary(path: string): string | null {
  return LIBRARIES.find(({ library }) => library.test(path))?.store ?? null;
}

/** Whether a process that opens this may have an index in it, where it maps the library. */
export function mayBeIndex(path: string): boolean {
  if (!LIBRARIES.some(({ data }) => data.test(path))) return false;
  return (
    !FOREIGN.test(path) && !PARTS.test(path) && indexFile(path) === null && modelFile(path, 'opened') === null
  );
}

/** `<store>/file:<path>`; null: not a file as this store's are. */
export function likelyIndex(store: string, path: string): string | null {
  const data = LIBRARIES.find((one) => one.store === store)?.data;
  const index = data?.exec(path)?.groups?.index;
  return index === undefined ? null : `${store}/file:${index}`;
}

/** Paths of libraries and files as the real ones open them: sqlite-vec 0.1.9, usearch 2.26, annoy 1.17, faiss 1.15. */
import { describe, expect, it } from 'vitest';
import type { WireRecord } from '../../src/model/wire.ts';
import { file, mapping, proc, resolve, rowsOf, START, segmentOf } from './stream.ts';

const SITE = '/usr/lib/python3/site-packages';
const VEC0 = `${SITE}/sqlite_vec/vec0.so`;

let ids = 0;
const next = (): string => (ids++).toString(16);
type Who = { pid?: number; start?: string };
const maps = (path: string, who: Who = {}): WireRecord => mapping(103, next(), path, { ...who, exec: true });
const opens = (path: string, more: Partial<{ errno: number; pid: number; start: string }> = {}): WireRecord =>
  file(103, next(), path, more);

function indexes(...records: WireRecord[]): string[] {
  const rows = rowsOf(segmentOf([...START, ...records], { resolve }), 'rag-index');
  return rows.map(({ subject, context, count }) => `${subject} ${context} ${count}`);
}

describe('an index whose file does not tell', () => {
  it.each([
    ['sqlite-vec', VEC0, '/data/notes.db', '/data/notes.db'],
    ['sqlite-vec', '/app/node_modules/sqlite-vec-linux-x64/vec0.so', '/data/memory-wal', '/data/memory'],
    ['sqlite-vss', `${SITE}/sqlite_vss/vss0.so`, '/data/notes.sqlite', '/data/notes.sqlite'],
    [
      'duckdb-vss',
      '/root/.duckdb/extensions/v1.4.0/linux_amd64/vss.duckdb_extension',
      '/data/facts.duckdb.wal',
      '/data/facts.duckdb',
    ],
    ['usearch', `${SITE}/usearch/compiled.cpython-311-x86_64-linux-gnu.so`, '/data/c.bin', '/data/c.bin'],
    ['annoy', `${SITE}/annoy/annoylib.cpython-311-x86_64-linux-gnu.so`, '/data/t.idx', '/data/t.idx'],
    ['hnswlib', `${SITE}/hnswlib.cpython-311-x86_64-linux-gnu.so`, '/data/g.bin', '/data/g.bin'],
    ['faiss', `${SITE}/faiss/_swigfaiss.abi3.so`, '/data/docs.index', '/data/docs.index'],
    ['faiss', `${SITE}/faiss/libfaiss.so`, '/data/docs.index', '/data/docs.index'],
  ])(
    '%s: is told by the library that the same process maps, before or after it opens the file',
    (store, library, path, index) => {
      const said = [`${store}/file:${index} likely 1`];
      expect(indexes(maps(library), opens(path), opens(path))).toEqual(said);
      expect(indexes(opens(path), maps(library), maps(library))).toEqual(said);
      expect(indexes(opens(path))).toEqual([]);
      expect(indexes(maps(library))).toEqual([]);
    },
  );

  it('is told by the server that milvus-lite 2 runs over it', () => {
    const exe = `${SITE}/milvus_lite/lib/milvus`;
    const server = proc(102, 'exec', { exe, argv: ['milvus', '/data/demo.db'] });
    expect(indexes(server, opens('/data/demo.db'))).toEqual(['milvus-lite/file:/data/demo.db likely 1']);
  });

  it('is nobody else’s: not of another process, not after another program was executed, not where it failed', () => {
    const other = { pid: 501, start: '101500000000' };
    expect(indexes(maps(VEC0), opens('/data/notes.db', other))).toEqual([]);
    const next = proc(103, 'exec', { exe: '/usr/bin/python3', argv: ['python3', 'x.py'] });
    expect(indexes(maps(VEC0), next, opens('/data/notes.db'))).toEqual([]);
    expect(indexes(maps(VEC0), opens('/data/notes.db', { errno: 2 }))).toEqual([]);
  });

  it('is of a worker that was forked with the library mapped', () => {
    const worker = { pid: 501, start: '101500000000' };
    const forked = proc(103, 'fork', { ...worker, ppid: 500, pstart: '101000000000' });
    expect(indexes(maps(VEC0), forked, opens('/data/notes.db', worker))).toEqual([
      'sqlite-vec/file:/data/notes.db likely 1',
    ]);
  });

  it('is no model, nothing of a package, and not what names itself', () => {
    const faiss = maps(`${SITE}/faiss/_swigfaiss.abi3.so`);
    const hnswlib = maps(`${SITE}/hnswlib.cpython-311-x86_64-linux-gnu.so`);
    const paths = ['/m/pytorch_model.bin', `${SITE}/x/data.bin`, '/usr/share/x.bin', '/d/a1/link_lists.bin'];
    expect(indexes(faiss, hnswlib, ...paths.map((path) => opens(path)))).toEqual([]);
    expect(indexes(faiss, opens('/data/index.faiss'))).toEqual(['faiss/file:/data/index.faiss open 1']);
  });

  it('stays bounded', () => {
    const many = Array.from({ length: 500 }, (_, i) => opens(`/data/${i}.db`));
    expect(indexes(...many, maps(VEC0)).length).toBe(32);
    expect(indexes(maps(VEC0), ...many).length).toBe(32);
  });
});

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, rm, stat } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import {
  type Manifest,
  type ManifestEntry,
  type ReadSegment,
  SNAPSHOT_FORMAT,
  SNAPSHOT_VERSION,
} from '../../model/snapshot.ts';
import { openTemporary, refuseSpecial, temporaryPath, writeAtomically, writeError } from './atomic.ts';

/** A window of 256 KiB and not of 2 MiB: what is compressed while the heap is at its fullest must not add to it. */
const ZSTD = { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_windowLog]: 18 };

/** A snapshot is an inventory of a node: paths, addresses, names. Its owner decides who else may read it. */
const PRIVATE = 0o600;

export type SnapshotWriter = {
  /** Appends a closed segment and publishes the file with all segments so far: a later crash loses none of them. */
  add(segment: ReadSegment): Promise<void>;
  /** Size on disk in bytes, and the number of segments published. Removes the spool; may be called again. */
  finish(): Promise<{ path: string; bytes: number; segments: number }>;
};

/**
 * Opens a snapshot file for writing. The manifest comes first in the file and needs every segment's hash, so the
 * lines wait in a spool file beside the target. A segment that cannot be written leaves the published file as it was.
 *
 * @throws UserError when the directory cannot be written: before anything is collected.
 */
export async function openSnapshotWriter(path: string, createdBy: string): Promise<SnapshotWriter> {
  await refuseSpecial(path);
  const spoolPath = temporaryPath(path, 'segments');
  const spool = await openTemporary(spoolPath, PRIVATE).catch((error: unknown) => {
    throw writeError(path, error);
  });
  const manifest: Manifest = { format: SNAPSHOT_FORMAT, version: SNAPSHOT_VERSION, createdBy, segments: [] };
  let spooled = 0;
  let finished: ReturnType<SnapshotWriter['finish']> | null = null;

  async function closeSpool(): ReturnType<SnapshotWriter['finish']> {
    await spool.close();
    await rm(spoolPath, { force: true });
    const segments = manifest.segments.length;
    return { path, bytes: segments > 0 ? (await stat(path)).size : 0, segments };
  }
  return {
    async add(segment) {
      let entry: ManifestEntry;
      try {
        entry = await spoolLine(spool, spooled, segment);
        await publish(path, { ...manifest, segments: [...manifest.segments, entry] }, spoolPath);
      } catch (error) {
        await spool.truncate(spooled).catch(() => {});
        throw writeError(path, error);
      }
      spooled += entry.bytes + 1;
      manifest.segments.push(entry);
    },
    finish() {
      finished ??= closeSpool();
      return finished;
    },
  };
}

/** Writes a whole snapshot at once. */
export async function writeSnapshot(
  path: string,
  segments: Iterable<ReadSegment> | AsyncIterable<ReadSegment>,
  createdBy: string,
): Promise<void> {
  const writer = await openSnapshotWriter(path, createdBy);
  try {
    for await (const segment of segments) await writer.add(segment);
  } finally {
    await writer.finish();
  }
}

/** Writes one line in pieces: as one string and one buffer a large segment would be in memory three times. */
async function spoolLine(spool: FileHandle, position: number, segment: ReadSegment): Promise<ManifestEntry> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const piece of batched(jsonPieces(segment))) {
    const buffer = Buffer.from(piece);
    hash.update(buffer);
    await writeAll(spool, buffer, position + bytes);
    bytes += buffer.length;
  }
  await writeAll(spool, Buffer.from('\n'), position + bytes);
  const { bootId, run, sequence, node, start, end, complete } = segment;
  return { bootId, run, sequence, node: node.name, start, end, complete, sha256: hash.digest('hex'), bytes };
}

/** Characters that are written at once, at least. */
const BATCH = 1 << 16;

function* batched(pieces: Iterable<string>): Generator<string> {
  let batch = '';
  for (const piece of pieces) {
    batch += piece;
    if (batch.length < BATCH) continue;
    yield batch;
    batch = '';
  }
  yield batch;
}

/** Values of a column that are written at once. */
const PIECE = 8192;

/** As JSON.stringify, in pieces; flat arrays are written as arrays. */
function* jsonPieces(value: object): Generator<string> {
  let separator = '{';
  for (const [key, member] of Object.entries(value) as [string, unknown][]) {
    if (member === undefined) continue;
    yield `${separator}${JSON.stringify(key)}:`;
    if (isFlat(member) || Array.isArray(member)) yield* arrayPieces(member);
    else if (typeof member === 'object' && member !== null) yield* jsonPieces(member);
    else yield JSON.stringify(member);
    separator = ',';
  }
  yield separator === '{' ? '{}' : '}';
}

type Flat = Int16Array | Int32Array | Float64Array;

const isFlat = (value: unknown): value is Flat => ArrayBuffer.isView(value);

function* arrayPieces(values: Flat | readonly unknown[]): Generator<string> {
  yield '[';
  for (let from = 0; from < values.length; from += PIECE) {
    const part = isFlat(values) ? values.subarray(from, from + PIECE) : values.slice(from, from + PIECE);
    const text = isFlat(part) ? part.join() : JSON.stringify(part).slice(1, -1);
    yield from === 0 ? text : `,${text}`;
  }
  yield ']';
}

async function publish(path: string, manifest: Manifest, spoolPath: string): Promise<void> {
  await writeAtomically(
    path,
    async (handle) => {
      const content = Readable.from(lines(manifest, spoolPath));
      const file = sink(handle);
      if (!path.endsWith('.zst')) return pipeline(content, file);
      const compress = createZstdCompress({ params: ZSTD });
      return pipeline(content, compress, file);
    },
    PRIVATE,
  );
}

/** The handle stays open: the caller still has to fsync it. */
function sink(handle: FileHandle): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      writeAll(handle, chunk, null).then(() => done(), done);
    },
  });
}

async function* lines(manifest: Manifest, spoolPath: string): AsyncGenerator<Buffer> {
  yield Buffer.from(`${JSON.stringify(manifest)}\n`);
  const total = manifest.segments.reduce((sum, entry) => sum + entry.bytes + 1, 0);
  if (total > 0) yield* createReadStream(spoolPath, { end: total - 1, highWaterMark: 1 << 18 });
}

/** write() may take less than it was given, above all on a nearly full disk. */
async function writeAll(handle: FileHandle, bytes: Buffer, position: number | null): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(
      bytes,
      done,
      bytes.length - done,
      position === null ? null : position + done,
    );
    done += bytesWritten;
  }
}

import { createHash } from 'node:crypto';
import { UserError } from '../../errors.ts';
import {
  type Manifest,
  type ManifestEntry,
  manifestSchema,
  type ReadSegment,
  SNAPSHOT_FORMAT,
  SNAPSHOT_VERSION,
} from '../../model/snapshot.ts';
import { boundedLines, type FileBytes, LineTooLong, openBytes } from './bounded-lines.ts';
import { createKeptColumns, type Scratch } from './scratch.ts';
import { parseSegmentJson } from './segment-json.ts';
import { firstIssue, parseSegment } from './segment-parse.ts';
import { snapshotError } from './snapshot-errors.ts';

export { expandSnapshotArgs } from './snapshot-paths.ts';

/** Bytes, after decompression. A manifest of 100,000 segments has about 40 MB. */
export const READ_LIMITS = {
  manifestBytes: 64 * 2 ** 20,
  /** A segment of 200,000 rows has about 15 MB. */
  segmentBytes: 256 * 2 ** 20,
  totalBytes: 16 * 2 ** 30,
  /** Decompressed to compressed, looked at from 64 MiB up: our tables reach about 50, a zstd bomb 10,000. */
  ratio: 1000,
} as const;
export type ReadLimits = { -readonly [K in keyof typeof READ_LIMITS]: number };

type Opened = { manifest: Manifest; lines: AsyncGenerator<Buffer> };

/** Reads the manifest only, however large the file is. @throws UserError */
export async function readManifest(path: string, limits: ReadLimits = READ_LIMITS): Promise<Manifest> {
  return guarded(path, async () => {
    const { manifest, lines } = await openSnapshot(path, limits, createKeptColumns());
    await lines.return(undefined);
    return manifest;
  });
}

/**
 * Segments in file order, each checked against the manifest's hash and the schema before it is handed out; one
 * segment is in memory at a time. With a `scratch` of one's own, a segment is valid until the next one is asked for.
 *
 * @throws UserError naming file, line and field, and what to do.
 */
export async function* readSegments(
  path: string,
  limits: ReadLimits = READ_LIMITS,
  scratch: Scratch = createKeptColumns(),
): AsyncGenerator<ReadSegment, void> {
  const { manifest, lines } = await guarded(path, () => openSnapshot(path, limits, scratch));
  try {
    for (const [index, entry] of manifest.segments.entries()) {
      const line = await guarded(path, () => lines.next());
      if (line.done) throw snapshotError.truncated(path, index, manifest.segments.length);
      yield segmentOf(path, index, entry, line.value, scratch);
    }
    const rest = await guarded(path, () => lines.next());
    if (!rest.done) throw snapshotError.trailing(path, manifest.segments.length + 2);
  } finally {
    await lines.return(undefined);
  }
}

async function openSnapshot(path: string, limits: ReadLimits, scratch: Scratch): Promise<Opened> {
  const file = await openBytes(path);
  if (file.size === 0) throw snapshotError.notASnapshot(path, 'it is empty');
  let manifest: Manifest | null = null;
  const limit = (line: number): number =>
    manifest === null ? limits.manifestBytes : (manifest.segments[line - 2]?.bytes ?? 0);
  const lines = boundedLines(startsAsJson(path, file.chunks), limit, scratch);
  try {
    const first = await lines.next();
    manifest = parseManifest(path, first.done ? Buffer.alloc(0) : first.value);
    checkSizes(path, manifest, file, limits);
    return { manifest, lines };
  } catch (error) {
    await lines.return(undefined);
    throw error;
  }
}

/** A disk image named as a snapshot is refused at its first byte, not after 64 MiB. */
async function* startsAsJson(path: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true;
  for await (const chunk of chunks) {
    if (first && chunk.length > 0) {
      if (chunk[0] !== 0x7b) throw snapshotError.notASnapshot(path, 'its first line is not JSON');
      first = false;
    }
    yield chunk;
  }
}

function parseManifest(path: string, line: Buffer): Manifest {
  const value = jsonOf(line, (bytes) => JSON.parse(bytes.toString('utf8')));
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== SNAPSHOT_FORMAT)
    throw snapshotError.notASnapshot(path, `its first line is not {"format":"${SNAPSHOT_FORMAT}", …}`);
  const version = 'version' in value ? value.version : undefined;
  if (version !== SNAPSHOT_VERSION) throw snapshotError.version(path, version);
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) throw snapshotError.schema(path, 1, 'manifest', firstIssue(parsed.error));
  return parsed.data;
}

function checkSizes(path: string, manifest: Manifest, file: FileBytes, limits: ReadLimits): void {
  const total = manifest.segments.reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = manifest.segments.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  if (largest > limits.segmentBytes)
    throw snapshotError.tooLarge(path, 'a segment', largest, limits.segmentBytes);
  if (total > limits.totalBytes) throw snapshotError.tooLarge(path, 'its data', total, limits.totalBytes);
  if (file.compressed && total > 64 * 2 ** 20 && total / file.size > limits.ratio)
    throw snapshotError.tooLarge(path, 'its data', total, file.size * limits.ratio);
}

function segmentOf(
  path: string,
  index: number,
  entry: ManifestEntry,
  line: Buffer,
  scratch: Scratch,
): ReadSegment {
  const number = index + 2;
  if (line.length !== entry.bytes) throw snapshotError.edited(path, number, entry);
  if (createHash('sha256').update(line).digest('hex') !== entry.sha256)
    throw snapshotError.edited(path, number, entry);
  const parsed = parseSegment(jsonOf(line, (bytes) => parseSegmentJson(bytes, scratch)));
  if (!parsed.ok) throw snapshotError.schema(path, number, `segment ${entry.sequence}`, parsed.problem);
  const { bootId, run, sequence } = parsed.value;
  if (bootId !== entry.bootId || run !== entry.run || sequence !== entry.sequence)
    throw snapshotError.edited(path, number, entry);
  return parsed.value;
}

function jsonOf(line: Buffer, parse: (line: Buffer) => unknown): unknown {
  try {
    return parse(line);
  } catch {
    return undefined;
  }
}

/** Turns what the file system and the decompressor say into errors that name the file. */
async function guarded<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof LineTooLong)
      throw error.line === 1
        ? snapshotError.notASnapshot(path, 'its first line has no end')
        : snapshotError.longer(path, error.line);
    throw snapshotError.unreadable(path, error as NodeJS.ErrnoException);
  }
}

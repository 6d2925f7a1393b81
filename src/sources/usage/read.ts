/**
 * Logs of clouds and clusters as they are kept: CloudTrail's files (`Records`) and `lookup-events`, audit logs of the API
 * server and `gcloud logging read` as lines or lists of JSON; gzip and zstd by their first bytes.
 */
import { createReadStream } from 'node:fs';
import { open, opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { UserError } from '../../errors.ts';

/** Of one file that is a single document; files of lines have no such bound. */
const MAX_DOCUMENT = 512 * 1024 ** 2;
const MAX_LINE = 16 * 1024 ** 2;
const MAX_FILES = 100_000;
const NAME = /\.(json|jsonl|ndjson|log|txt)(\.gz|\.zst)?$/i;

export type RecordSink = { add(record: unknown, origin: string): boolean; warn(text: string): void };

/** @throws UserError: a path that is not there, or a file without a record that is known. */
export async function readUsage(paths: readonly string[], sink: RecordSink): Promise<void> {
  let files = 0;
  for (const path of paths)
    for await (const file of filesOf(path)) {
      if (++files > MAX_FILES) throw new UserError(`--usage ${path}: more than ${MAX_FILES} files`);
      await readFile(file, sink);
    }
  if (files === 0)
    throw new UserError(`--usage ${paths.join(', ')}: no log file`, {
      hint: 'files that end in .json, .jsonl, .ndjson or .log, also with .gz or .zst',
    });
}

async function* filesOf(path: string): AsyncGenerator<string> {
  const info = await stat(path).catch((cause: Error) => {
    throw new UserError(`--usage ${path}: ${cause.message}`, { hint: 'check the path', cause });
  });
  if (!info.isDirectory()) return yield path;
  const names: string[] = [];
  for await (const entry of await opendir(path, { recursive: true }))
    if (entry.isFile() && NAME.test(entry.name)) names.push(join(entry.parentPath, entry.name));
  yield* names.sort();
}

async function readFile(path: string, sink: RecordSink): Promise<void> {
  let records = 0;
  let strange = 0;
  for await (const value of values(path, sink))
    for (const record of recordsOf(value))
      if (sink.add(record, path)) records++;
      else strange++;
  if (records === 0)
    throw new UserError(
      `--usage ${path}: no record of CloudTrail, of a Kubernetes audit log or of a GCP audit log`,
      {
        hint: 'give the files as the cloud delivers them, or `aws cloudtrail lookup-events`, `gcloud logging read --format json`',
      },
    );
  if (strange > 0)
    sink.warn(
      `--usage ${path}: ${strange} ${strange === 1 ? 'record is' : 'records are'} of no log that is known`,
    );
}

/** `Records` of CloudTrail, `Events` of lookup-events (texts of JSON in them), lists, `EventList`, single records. */
function recordsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  const { Records, Events, items, kind } = (value ?? {}) as Record<string, unknown>;
  if (Array.isArray(Records)) return Records;
  if (Array.isArray(Events))
    return Events.map((one: { CloudTrailEvent?: unknown }) => parsed(one?.CloudTrailEvent) ?? one);
  return kind === 'EventList' && Array.isArray(items) ? items : [value];
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Lines where the first one is a value of its own, else the file as one document. */
async function* values(path: string, sink: RecordSink): AsyncGenerator<unknown> {
  let held = '';
  let lines = true;
  let number = 0;
  for await (const chunk of textOf(path)) {
    held += chunk;
    if (held.length > (lines ? MAX_LINE : MAX_DOCUMENT)) {
      if (number > 0) throw tooLong(path, number + 1);
      lines = false;
      if (held.length > MAX_DOCUMENT) throw tooLong(path, 1);
    }
    if (!lines) continue;
    for (let end = held.indexOf('\n'); end >= 0 && lines; end = held.indexOf('\n')) {
      const line = held.slice(0, end).trim();
      const value = line === '' ? undefined : parsed(line);
      if (line !== '' && value === undefined) {
        if (number > 0) throw notJson(path, number + 1);
        lines = false;
        break;
      }
      held = held.slice(end + 1);
      number++;
      if (value !== undefined) yield value;
    }
  }
  if (held.trim() === '') return;
  const last = parsed(held);
  if (last !== undefined) return yield last;
  if (number === 0) throw notJson(path, 1);
  sink.warn(`--usage ${path}:${number + 1}: cut short, as logs are that are being written: left out`);
}

async function* textOf(path: string): AsyncGenerator<string> {
  const handle = await open(path, 'r');
  const magic = Buffer.alloc(4);
  await handle.read(magic, 0, 4, 0);
  await handle.close();
  const raw = createReadStream(path, { highWaterMark: 1 << 18 });
  const gzip = magic[0] === 0x1f && magic[1] === 0x8b;
  const zstd = magic.readUInt32LE(0) === 0xfd2fb528;
  const plain = gzip ? raw.pipe(createGunzip()) : zstd ? raw.pipe(createZstdDecompress()) : raw;
  const decoder = new TextDecoder();
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (cause) {
    throw new UserError(`--usage ${path}: ${(cause as Error).message}`, {
      hint: 'the file may be cut short',
      cause,
    });
  } finally {
    raw.destroy();
  }
}

function notJson(path: string, line: number): UserError {
  return new UserError(`--usage ${path}:${line}: not JSON`, {
    hint: 'expected one object of JSON a line, or one document of JSON',
  });
}

function tooLong(path: string, line: number): UserError {
  return new UserError(`--usage ${path}:${line}: longer than ${MAX_LINE} bytes`, {
    hint: 'split the file, or write one record a line',
  });
}

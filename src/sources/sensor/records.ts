import {
  MAX_WIRE_LINE,
  WIRE_VERSION,
  type WireHeader,
  type WireRecord,
  wireRecordSchema,
} from '../../model/wire.ts';
import { isPayload } from './payload.ts';
import { splitLines } from './split-lines.ts';

/** What went wrong with the stream itself; each makes the segment partial. */
export type StreamDefects = {
  malformed: number;
  /** Why the first malformed line was refused; never its content, which may hold arguments of programs. */
  firstMalformed: string | null;
  /** A stream without a trailer is partial by construction. */
  trailer: boolean;
};

export function noDefects(): StreamDefects {
  return { malformed: 0, firstMalformed: null, trailer: false };
}

/** The stream cannot be read at all: no header, or of another version. */
export class StreamRefused extends Error {}

/**
 * Validated records of a sensor's output. A line that is not understood is counted and skipped: the sensor runs
 * with privileges and the program that reads it must survive whatever it prints.
 */
export async function* readRecords(
  chunks: AsyncIterable<Buffer>,
  defects: StreamDefects,
): AsyncGenerator<WireRecord> {
  for await (const lines of splitLines(chunks, MAX_WIRE_LINE))
    for (const { line, oversized } of lines) {
      const record = oversized ? `line longer than ${MAX_WIRE_LINE} bytes` : parseRecord(line);
      if (typeof record === 'string') {
        defects.malformed += 1;
        defects.firstMalformed ??= record;
        continue;
      }
      if (record.t === 'trailer') defects.trailer = true;
      yield record;
    }
}

/**
 * The first record, which must be a header of our version.
 *
 * @throws StreamRefused saying what came instead.
 */
export async function readHeader(
  records: AsyncIterator<WireRecord>,
  defects: StreamDefects,
): Promise<WireHeader> {
  const first = await records.next();
  if (!first.done && first.value.t === 'header') return first.value;
  if (!first.done) throw new StreamRefused(`it begins with a ${first.value.t} record instead of a header`);
  throw new StreamRefused(defects.firstMalformed ?? 'it ended before its header');
}

function parseRecord(line: Buffer): WireRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    return 'a line is not JSON';
  }
  if (isPayload(value)) return value;
  const parsed = wireRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { t, v } = (value ?? {}) as { t?: unknown; v?: unknown };
  if (t === 'header' && v !== WIRE_VERSION)
    return `its wire version is ${JSON.stringify(v) ?? 'missing'}, this program reads ${WIRE_VERSION}`;
  const issue = parsed.error.issues[0]!;
  return `${typeof t === 'string' ? t.slice(0, 32) : 'a record'}: ${issue.path.join('.') || 'type'}: ${issue.message}`;
}

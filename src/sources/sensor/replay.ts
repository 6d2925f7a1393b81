import { UserError } from '../../errors.ts';
import type { WireHeader, WireRecord } from '../../model/wire.ts';
import { openRecording } from './recording.ts';
import { noDefects, readHeader, readRecords, StreamRefused } from './records.ts';
import type { Sensor } from './sensor.ts';

/**
 * A recorded stream, `.ndjson` or `.ndjson.zst`, behind the interface of a live sensor. What was asked for
 * then was answered then: its replies are among the records.
 *
 * @throws UserError naming the file when it is no recording.
 */
export async function replaySensor(path: string): Promise<Sensor> {
  const defects = noDefects();
  const stream = readRecords(openRecording(path), defects);
  const header = await headerOf(path, stream, defects);
  let stopped = false;
  async function* records(): AsyncGenerator<WireRecord> {
    for await (const record of stream) {
      if (stopped) return;
      yield record;
    }
  }
  return {
    header,
    records: records(),
    defects,
    failure: () => null,
    command: () => {},
    stop: () => {
      stopped = true;
    },
    abort: () => {
      stopped = true;
    },
  };
}

async function headerOf(
  path: string,
  stream: AsyncGenerator<WireRecord>,
  defects: Sensor['defects'],
): Promise<WireHeader> {
  try {
    return await readHeader(stream, defects);
  } catch (error) {
    const why =
      error instanceof StreamRefused
        ? `is no sensor recording: ${error.message}`
        : `cannot be read: ${(error as Error).message}`;
    throw new UserError(`${path} ${why}`, {
      hint: 'Recordings are what bpf/.output/ai-spm-sensor prints, plain or zstd-compressed.',
      cause: error,
    });
  }
}

/** A stream of records that say how long they are, cut anywhere: frames, messages, packets. */
import { createHold, type Pool } from './hold.ts';

export type RecordOptions = {
  /**
   * Bytes of the record that begins here, its own head included. 0: more bytes are needed to tell; negative: nothing
   * begins here.
   */
  measure: (bytes: Buffer) => number;
  /** Bytes that `measure` needs at most. */
  head: number;
  /** Bytes of a record that are kept; what is longer comes as its beginning. */
  max: number;
  pool?: Pool | undefined;
};

/**
 * One record, or its beginning where `bytes` is shorter than `size`. The bytes are valid during the call only.
 * @param torn bytes behind that beginning were not captured.
 */
export type OnRecord = (bytes: Buffer, size: number, torn: boolean) => void;

export type Records = {
  /** @returns false where no record begins: nothing more is read before `restart`. */
  push(bytes: Uint8Array): boolean;
  /** @returns whether that many bytes lay within one record, so that the next one is found; else `restart` follows. */
  skip(bytes: number): boolean;
  /** The next byte begins a record. */
  restart(): void;
};

export function createRecords(record: OnRecord, { measure, head, max, pool }: RecordOptions): Records {
  const held = createHold(Math.max(max, head), pool);
  /** Of the record that has begun; 0: none. */
  let size = 0;
  let left = 0;
  let torn = false;
  let broken = false;

  function finish(): void {
    const whole = size;
    const wasTorn = torn;
    size = 0;
    torn = false;
    record(held.take().subarray(0, max), whole, wasTorn);
  }
  function goOn(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, left);
    left -= part.length;
    if (!torn && held.size() < max) held.push(part);
    if (left === 0) finish();
    return bytes.subarray(part.length);
  }
  /** A record at the beginning of these bytes. */
  function begin(bytes: Buffer): Buffer {
    const measured = measure(bytes);
    if (measured > 0 && measured <= bytes.length) {
      record(bytes.subarray(0, Math.min(measured, max)), measured, false);
      return bytes.subarray(measured);
    }
    if (measured > 0) {
      size = measured;
      left = measured;
      return goOn(bytes);
    }
    broken = measured < 0 || bytes.length >= head || held.push(bytes) < bytes.length;
    return bytes.subarray(bytes.length);
  }
  /** The head that is held, with what completes it. */
  function completed(bytes: Buffer): Buffer {
    const had = held.size();
    const joined = Buffer.concat([held.take(), bytes.subarray(0, head - had)]);
    const measured = measure(joined);
    if (measured <= 0) {
      begin(joined);
      return bytes.subarray(joined.length - had);
    }
    size = measured;
    left = measured;
    if (measured >= joined.length) {
      goOn(joined);
      return bytes.subarray(joined.length - had);
    }
    goOn(joined.subarray(0, measured));
    return bytes.subarray(measured - had);
  }
  return {
    push(bytes) {
      let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      while (rest.length > 0 && !broken)
        rest = size > 0 ? goOn(rest) : held.size() > 0 ? completed(rest) : begin(rest);
      return !broken;
    },
    skip(bytes) {
      if (size === 0 || bytes === 0 || bytes > left) return false;
      torn = true;
      left -= bytes;
      if (left === 0) finish();
      return true;
    },
    restart() {
      held.drop();
      size = 0;
      torn = false;
      broken = false;
    },
  };
}

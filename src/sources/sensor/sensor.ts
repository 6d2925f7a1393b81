import type { CommandOp, WireHeader, WireRecord } from '../../model/wire.ts';
import type { CommandArguments } from './commands.ts';
import type { StreamDefects } from './records.ts';

/** A running sensor, or a recorded stream that answers like one. */
export type Sensor = {
  header: WireHeader;
  /**
   * Everything after the header, replies included, in the order of the stream: what is made of it can be made
   * again from a recording. Ends with the stream; reading slowly slows the sensor down, and it counts what it loses.
   */
  records: AsyncIterable<WireRecord>;
  /** What follows from it arrives as records, a reply under the given number. Ignored once the sensor is gone. */
  command(op: CommandOp, args?: CommandArguments, request?: number): void;
  /** Asks for the last counts and the trailer; `records` then ends. Kills what does not end in time. */
  stop(): void;
  /** Ends it at once, without a trailer. */
  abort(): void;
  defects: StreamDefects;
  /** Why the process ended otherwise than asked; null while it runs and after an orderly end. */
  failure(): string | null;
};

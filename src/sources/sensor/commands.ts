import { COMMAND_BYTES, COMMAND_OPS, type CommandOp } from '../../model/wire.ts';

/** What a command is about; what an operation does not use stays zero. Ids as in the stream: decimal strings. */
export type CommandArguments = {
  cgroup?: string;
  /** Start time of the thread-group leader, ns since boot: guards against a reused pid. */
  start?: string;
  pid?: number;
  /** Most bytes of the answer. */
  max?: number;
  /** As the process sees it. */
  path?: string;
};

const PATH_OFFSET = 32;

/**
 * One fixed-size little-endian block: u32 op, u32 req, u64 cgroup, u64 start_ns, u32 pid, u32 max, char path[].
 *
 * @throws RangeError when the path does not fit with its NUL, or holds one.
 */
export function encodeCommand(op: CommandOp, request: number, args: CommandArguments = {}): Buffer {
  const block = Buffer.alloc(COMMAND_BYTES);
  block.writeUInt32LE(COMMAND_OPS[op], 0);
  block.writeUInt32LE(request, 4);
  block.writeBigUInt64LE(BigInt(args.cgroup ?? 0), 8);
  block.writeBigUInt64LE(BigInt(args.start ?? 0), 16);
  block.writeUInt32LE(args.pid ?? 0, 24);
  block.writeUInt32LE(args.max ?? 0, 28);
  const path = Buffer.from(args.path ?? '');
  if (path.length >= COMMAND_BYTES - PATH_OFFSET || path.includes(0))
    throw new RangeError(`path of ${path.length} bytes does not fit a sensor command`);
  path.copy(block, PATH_OFFSET);
  return block;
}

/** Records of the families that look into what applications say: see wire.ts. */
import { z } from 'zod';
import { actor, id64, path, text, us } from './wire-parts.ts';

/** What carries a stream: a TLS library's plaintext side, a socket, or a pipe or socketpair between processes. */
export const CARRIERS = ['openssl', 'boringssl', 'gnutls', 'go', 'socket', 'pipe', 'unix', 'dns'] as const;

/**
 * Sent before the first payload of a stream. Its id is unique within a run. TLS streams are one for a connection
 * object of the library, sockets one for a socket, pipes and socketpairs one for a writing end.
 */
export const stream = z.object({
  t: z.literal('stream'),
  ...actor,
  stream: id64,
  via: z.enum(CARRIERS),
  /** The socket's other end. */
  daddr: z.union([z.ipv4(), z.ipv6()]).optional(),
  dport: z.int().min(0).max(65535).optional(),
  proto: z.enum(['tcp', 'udp']).optional(),
  /** Sockets: who connected. */
  role: z.enum(['client', 'server']).optional(),
  /** Pipes and socketpairs: inode of this end, and of the other (a pipe's is the same). */
  ino: id64.optional(),
  peer_ino: id64.optional(),
  /** Pipes and socketpairs: the descriptor that was written to. */
  fd: z.int().nonnegative().optional(),
  /** Inode behind descriptor 0 of the writer: joins a server's answers to the stream that asks it. */
  stdin_ino: id64.optional(),
  /** Inode of the image whose probe saw it, as in the image record. */
  image: id64.optional(),
});

/**
 * Bytes that one call moved, or a part of at most 16 KiB of them. `dir` as the process sees it; `off` counts the bytes
 * of this direction of this stream since it was first seen, also those that were lost, so a jump is a gap. `data` holds
 * the first of the `len` bytes; the rest was not captured: the call was longer than what is taken of one, the ring
 * filled up, nobody wanted more (stream-mode), or the bytes could not be read (sendfile, splice, io_uring).
 * `at` is when a TLS write began; of other calls, when it had moved them. Records come as calls return.
 *
 * Payloads travel apart from other records, and more slowly: within a second, one may come before its process does, or after
 * the process has gone.
 */
export const payload = z.object({
  t: z.literal('payload'),
  ...actor,
  stream: id64,
  dir: z.enum(['in', 'out']),
  off: z.int().nonnegative(),
  len: z.int().nonnegative(),
  data: z.base64(),
});

/**
 * No more comes. With all bytes of each direction since the stream was first seen, so that a loss at its end shows, too.
 * Pipes and socketpairs have none: their streams end with the processes that hold them.
 */
export const streamEnd = z.object({
  t: z.literal('stream-end'),
  stream: id64,
  at: us,
  in: z.int().nonnegative().optional(),
  out: z.int().nonnegative().optional(),
});

/** An executable or library that was looked into for a TLS library's functions, once per (device, inode). */
export const image = z.object({
  t: z.literal('image'),
  ...actor,
  /** Of the image-attach or image-detach command. */
  req: z.int().nonnegative(),
  path,
  dev: id64.optional(),
  ino: id64.optional(),
  build_id: z
    .string()
    .regex(/^[0-9a-f]{0,128}$/)
    .optional(),
  library: z.enum(['openssl', 'boringssl', 'gnutls', 'go', 'none', 'unknown']),
  /** How its functions were found. */
  tier: z.enum(['symbol', 'gopclntab', 'pattern']).optional(),
  /** opaque: speaks TLS by a library whose functions could not be found. none: no TLS library in it. */
  status: z.enum(['attached', 'opaque', 'none', 'refused', 'detached']),
  probes: z.int().nonnegative(),
  errno: z.int().optional(),
  error: text(256).optional(),
});

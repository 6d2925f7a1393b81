import type { Pool } from './hold.ts';

/** Bounds of what a decoder holds, in bytes unless said otherwise. */
export type WireLimits = {
  /** One message's start line and headers. */
  head: number;
  /** Header fields of one message. */
  fields: number;
  /** One body, event or line, after decoding. */
  body: number;
  /** Requests of one connection that wait for their response. */
  pending: number;
  /** What the decoders of all connections may hold together. */
  pool?: Pool;
};

export const WIRE_LIMITS: WireLimits = {
  head: 64 * 1024,
  fields: 200,
  body: 1024 * 1024,
  pending: 256,
};

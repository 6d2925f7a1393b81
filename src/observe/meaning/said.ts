/** What a reader of an application protocol makes of what passed: rows to be, without any text of bodies. */
import type { Kind } from '../../model/kinds.ts';

/** Which run of the agent something belongs to, as its protocol names it. Only a keyed hash of `id` is kept. */
export type SessionRef = { scheme: 'mcp' | 'conversation' | 'trace'; id: string };

export type Said = {
  kind: Kind;
  subject: string;
  /** The tool, server, model or endpoint by way of which. */
  context?: string | null;
  /** The identity under which, as far as the wire tells: `aws:arn:…`, `system:serviceaccount:ns:name`. */
  principal?: string | null;
  at: number;
  /** Default 1. 0: says more of something that was counted already. */
  count?: number;
  bytes?: number;
  /** Rows, hits, objects, tools returned. */
  records?: number;
  error?: boolean;
  /** 401, 403, AccessDenied: an attempt, not a use. Implies error. */
  denied?: boolean;
  session?: SessionRef | undefined;
  /** Added up per (workload, kind, subject): token counts, streamed calls, truncated readings. */
  sums?: Readonly<Record<string, number>>;
  /** Distinct words per (workload, kind, subject): answered models, tools on offer, argument shapes. Names, never values. */
  words?: Readonly<Record<string, readonly string[]>>;
  /** What was true from now on: a catalog, the model behind an alias, an identity. */
  epoch?: { thing: EpochThing; subject: string; hash: string; members: readonly string[] };
  /** Of a call of a tool: its name at its server. */
  tool?: string;
  /** Tools that a model's answer asks for: the start of a flow. */
  asksFor?: readonly string[];
};

export type EpochThing = 'mcp-catalog' | 'model-alias' | 'identity' | 'prompt-template';

/** What a reader may use of the run it reads for. */
export type World = {
  say(said: Said): void;
  /** HMAC-SHA-256 under the estate key, hex, 32 characters. For whatever may not be kept as it is. */
  fingerprint(text: string): string;
  /** State that readers keep for one process tree (MCP sessions, prompt skeletons), by a name of their own. Bounded by them. */
  keep<T>(name: string, create: () => T): T;
};

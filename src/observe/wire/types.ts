/** What decoders of byte streams are given and give. Times are µs of the boot clock. */

/**
 * Takes the bytes of one direction of one connection, in order, cut anywhere. Never throws; what it holds is bounded
 * whatever comes.
 */
export type Decoder = {
  push(bytes: Uint8Array, at: number): void;
  /** So many bytes were not captured here (0: unknown how many). Decoding resynchronises behind them. */
  gap(bytes: number, at: number): void;
  /** The connection, or the window, ended. */
  end(at: number): void;
};

/** The two directions of one connection that share state. */
export type Duplex = {
  /** Bytes that the client sent. */
  client: Decoder;
  /** Bytes that the server sent. */
  server: Decoder;
};

/** Lower-case names; repeated ones joined by `, `. Bounded in number and length. */
export type Headers = ReadonlyMap<string, string>;

export type RequestHead = {
  version: '1.0' | '1.1' | '2';
  /** Empty, as is the target, where HTTP/2 refers to what was said before the sensor came: the ending is malformed. */
  method: string;
  /** Host (and port) as the client named it: `Host`, or `:authority`. Empty where there was none. */
  authority: string;
  /** As sent: path and query. */
  target: string;
  headers: Headers;
  at: number;
};

export type ResponseHead = { status: number; headers: Headers; at: number };

export type Side = 'request' | 'response';

/** Part of a body, after transfer and content coding. */
export type Item =
  /** A whole body, at its end. `truncated`: longer than the bound, cut there. */
  | { t: 'body'; bytes: Uint8Array; truncated: boolean }
  /** text/event-stream. */
  | { t: 'sse'; event: string | null; id: string | null; data: string }
  /** application/x-ndjson and its like: one line. */
  | { t: 'line'; text: string }
  /** application/vnd.amazon.eventstream. */
  | { t: 'frame'; headers: Headers; payload: Uint8Array }
  /** gRPC: one message, decompressed. */
  | { t: 'message'; bytes: Uint8Array }
  /** A text frame after an upgrade. */
  | { t: 'websocket'; text: string };

/** How sure the reading of an exchange is. */
export type Ending = {
  /** Longer than a bound: what was read stands, the rest was not looked at. */
  truncated: boolean;
  malformed: boolean;
  /** Bytes were lost in between. */
  gap: boolean;
  /** The window or the connection ended before the response did. */
  cut: boolean;
  /** Bytes of both bodies as sent, before decoding. */
  requestBytes: number;
  responseBytes: number;
  at: number;
  /** HTTP/2: fields behind the response's body; gRPC says there how it ended. */
  trailers?: Headers;
};

/** Reads one request and its response. */
export type ExchangeReader = {
  item(side: Side, item: Item, at: number): void;
  /** The final response's head; informational ones (1xx) are not shown, except 101. */
  response(head: ResponseHead): void;
  /** Bytes were lost here, behind the items that were shown so far. The ending says it, too. */
  gap?(): void;
  /** Exactly once, last. */
  end(ending: Ending): void;
  /** Whether it was this reader's, though it had nothing to say of it. Asked after the end. */
  owns?(): boolean;
};

/** Null: nobody wants this exchange, its bodies are skipped unread. */
export type OpenExchange = (head: RequestHead) => ExchangeReader | null;

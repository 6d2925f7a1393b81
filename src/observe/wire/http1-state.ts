/** One direction of an HTTP/1 connection: what is known of it between two pieces of it. */
import type { Flaw } from './exchange.ts';
import type { Framing } from './head.ts';
import { createHold, type Hold } from './hold.ts';
import type { WireLimits } from './limits.ts';

/** What follows a head: a body, or bytes that are another protocol's. */
export type Next = Framing | { t: 'tunnel' };

/** What becomes of what is read; one for all connections, each of which has a link. */
export type SideEvents<Link> = {
  /** Whether a head begins with this line. */
  starts(line: string): boolean;
  /** Where among other bytes of this line a head may begin; -1: nowhere. */
  find(line: string): number;
  /**
   * A head with its line ends, cut where `truncated`. Null: it is none, the next one is looked for.
   * @param sought it was found among other bytes: what looks like one need not be one.
   */
  head(link: Link, text: string, how: { truncated: boolean; sought: boolean }, at: number): Next | null;
  body(link: Link, bytes: Uint8Array, at: number): void;
  missing(link: Link, bytes: number, at: number): void;
  /** The current message is whole. */
  done(link: Link, at: number): void;
  /** A strict recipient would have refused the current message. */
  suspect(link: Link): void;
  /** The current message, or the next one, cannot be read. */
  lost(link: Link, flaw: Flaw, at: number): void;
  /** After an upgrade. */
  tunnel(link: Link, bytes: Uint8Array, at: number): void;
  tunnelGap(link: Link, bytes: number, at: number): void;
};

type State =
  /** A head comes next. */
  | 'head'
  /** Anything may come next. */
  | 'seek'
  | 'length'
  | 'size'
  | 'chunk'
  | 'chunk-end'
  | 'trailers'
  | 'close'
  | 'tunnel';

/** Plain, and small: thousands of connections wait for an answer at once. */
export type Http1Side<Link> = {
  readonly events: SideEvents<Link>;
  readonly link: Link;
  readonly limits: WireLimits;
  state: State;
  /** What is not whole yet of a head or a line. */
  held: Hold | null;
  left: number;
  trailers: number;
  /** Nothing was understood so far: the connection may be older than the sensor. */
  fresh: boolean;
  sought: boolean;
};

/** @param resumed messages were understood before. */
export function createSide<Link>(
  events: SideEvents<Link>,
  link: Link,
  limits: WireLimits,
  resumed: boolean,
): Http1Side<Link> {
  return {
    events,
    link,
    limits,
    state: 'head',
    held: null,
    left: 0,
    trailers: 0,
    fresh: !resumed,
    sought: false,
  };
}

export function sizeHeld<Link>({ held }: Http1Side<Link>): number {
  return held?.size() ?? 0;
}

export function hold<Link>(side: Http1Side<Link>): Hold {
  side.held ??= createHold(side.limits.head, side.limits.pool);
  return side.held;
}

export function lose<Link>(side: Http1Side<Link>, flaw: Flaw, at: number): void {
  side.held?.drop();
  side.state = 'seek';
  side.events.lost(side.link, flaw, at);
}

export function follow<Link>(side: Http1Side<Link>, next: Next, at: number): void {
  if (next.t === 'chunked') side.state = 'size';
  else if (next.t === 'tunnel' || next.t === 'close') side.state = next.t;
  else if (next.t === 'length' && next.bytes > 0) {
    side.left = next.bytes;
    side.state = 'length';
  } else done(side, at);
}

export function done<Link>(side: Http1Side<Link>, at: number): void {
  side.state = 'head';
  side.sought = false;
  side.events.done(side.link, at);
}

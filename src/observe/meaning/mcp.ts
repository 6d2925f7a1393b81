/**
 * The Model Context Protocol, revisions 2024-11-05 to 2026-07-28 (modelcontextprotocol.io/specification): which servers
 * an agent talks to, what they have on offer, which tools it calls.
 *
 * - `mcp-server`, one per request answered. Words: `stated` (name@version by its own statement), `protocols`, `offered`,
 *   `capabilities`, `clients`, `clientCapabilities`, `transports`, `launchers`, `pinning`, `catalogs` (what is wrong with
 *   them), `resources`, `prompts`, `promptsGot`, `asksOfClient`, `errorCodes`, `instructions` (keyed hash). Sums: requests
 *   that were lost or strange, catalogs, changes, powers of the client that were used.
 * - `mcp-tool`, one per listing, context: the definition's hash; the catalog, once every page of it was seen, is an epoch.
 * - `tool-call`, one per call, when it is answered, or known not to be. Words: `argumentShapes`, `contentKinds`.
 * - `data-access` for resources that were read.
 */
import { createLink, type Reading, saySelf } from './mcp/link.ts';
import { type From, finish, finishLists, receive } from './mcp/messages.ts';
import { createServer, nameOf, type Origin } from './mcp/server.ts';
import type { World } from './said.ts';

export { readMcp } from './mcp/http.ts';
export {
  bestLauncher,
  isAmbiguous,
  type Launcher,
  launcherIdentity,
  launcherOf,
  launcherOfImage,
} from './mcp/launcher.ts';
export type { Origin as McpOrigin } from './mcp/server.ts';

/** The messages of one client and one server, in the order in which they passed. Times in µs. Never throws. */
export type McpChannel = {
  /**
   * @param json one parsed message, or a batch.
   * @param reading how well its text was read: as `parseJson` gives it. Default: whole.
   */
  message(from: From, json: unknown, at: number, reading?: Partial<Reading>): void;
  /** Messages were lost here. */
  gap(at: number): void;
  /** What looked like a message was none that can be read. */
  unreadable(at: number): void;
  end(at: number): void;
  /** The subject of what is said of the server. Null: nothing was said yet, or nothing names it. */
  server(): string | null;
};

/**
 * A pair on pipes, or any other connection that is all there is between the two. Nothing is said until it is sure that
 * they speak MCP.
 *
 * @param origin.session what makes this pair's session unique, where the caller knows better than the time of its
 * first message.
 */
export function createMcpChannel(world: World, origin: Origin & { session?: string }): McpChannel {
  const counter = world.keep('mcp-pairs', () => ({ next: 0 }));
  const pair = counter.next++;
  let started: number | null = null;
  /** Not said yet. */
  let unreadable = 0;
  const session = () => ({ scheme: 'mcp' as const, id: origin.session ?? `pair:${started}:${pair}` });
  const link = createLink(world, createServer(world, origin), session);
  function sayUnreadable(at: number): void {
    if (!link.spoken || unreadable === 0) return;
    saySelf(link, { at, sums: { unreadable } });
    unreadable = 0;
  }
  return {
    message(from, json, at, { cut = false, duplicates = false } = {}) {
      started ??= at;
      receive(link, from, json, at, { cut, duplicates });
      sayUnreadable(at);
    },
    unreadable(at) {
      unreadable++;
      sayUnreadable(at);
    },
    gap(at) {
      // What was lost may have been list_changed.
      link.server.announced = true;
      if (link.spoken) saySelf(link, { at, sums: { gaps: 1 } });
    },
    end(at) {
      finish(link, { at, status: null });
      finishLists(link, at);
    },
    server: () => nameOf(link.server),
  };
}

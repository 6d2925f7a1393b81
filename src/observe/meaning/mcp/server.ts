/** What is known of one MCP server: its name to us, and what it has on offer. Shared by all connections to it. */
import type { World } from '../said.ts';
import { isAmbiguous, type Launcher, launcherIdentity } from './launcher.ts';
import { createListing, createRoom, type Listing } from './listing.ts';
import { visible } from './names.ts';

export type Transport = 'stdio' | 'http' | 'sse';

export type Origin = {
  transport: Transport;
  /** Of a server that the client started. */
  launcher?: Launcher | null;
  /** Of a server elsewhere: host, port and path. */
  authority?: string | null;
  /** What it is called, where it is known without its answers. */
  subject?: string | undefined;
  /** The identity under which it is asked: servers show each their own catalog. */
  principal?: string | null;
};

export type Server = {
  origin: Origin;
  /** Fixed by the first thing that is said of it. */
  subject: string | null;
  /** By its own statement. */
  stated: string | null;
  listing: Listing;
  /** list_changed came then, and nobody has listed since. µs. */
  staleSince: number | null;
  /** Since the latest catalog it was said, or may have been said unheard, that there is another. */
  announced: boolean;
  /** How it was started and is reached. */
  words: Readonly<Record<string, readonly string[]>>;
};

export function createServer(world: World, origin: Origin): Server {
  const room = world.keep('mcp-pages', createRoom);
  const words = launcherWords(origin);
  return {
    origin,
    subject: origin.subject ?? null,
    stated: null,
    listing: createListing(room),
    staleSince: null,
    announced: false,
    words,
  };
}

/**
 * One form for observed and configured servers: how it is started or where it is, without version, options and its own
 * opinion of itself: `npx:@modelcontextprotocol/server-everything`, `docker:ghcr.io/x/y`, `node:/srv/server.js`,
 * `http:host:8080/mcp`. Its own name is added where the start does not tell two servers apart (`node:index.js#weather`)
 * and stands in where nothing else is known (`stdio:weather`, `stdio:?`).
 */
export function subjectOf(server: Server): string {
  server.subject ??= identify(server);
  return server.subject;
}

function identify({ origin: { launcher, authority, transport }, stated }: Server): string {
  if (launcher) {
    const own = stated !== null && isAmbiguous(launcher) ? `#${stated}` : '';
    return `${launcherIdentity(launcher)}${own}`;
  }
  if (authority) return `http:${authority}`;
  return `${transport}:${stated ?? '?'}`;
}

/** Null: nothing was said of it yet, or nothing names it. */
export function nameOf({ subject, origin: { transport } }: Server): string | null {
  return subject === `${transport}:?` ? null : subject;
}

export function toolSubject(server: Server, tool: string): string {
  return `${subjectOf(server)}/${visible(tool)}`;
}

/** Catalogs differ by who asks. */
export function catalogSubject(server: Server): string {
  const { principal } = server.origin;
  return principal ? `${subjectOf(server)} as ${principal}` : subjectOf(server);
}

/** `npx @x/y@^1`: as it was asked for. */
function launcherWords({ launcher, transport }: Origin): Record<string, string[]> {
  if (!launcher) return { transports: [transport] };
  const { version, pinned } = launcher;
  const asked = `${launcherIdentity(launcher)}${version === null ? '' : `@${version}`}`;
  const fixed = pinned === null ? 'unknown' : pinned ? 'pinned' : 'unpinned';
  return { transports: [transport], launchers: [asked], pinning: [fixed] };
}

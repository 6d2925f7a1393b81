/**
 * What names a server that has not answered, because the window ended or because it keeps silent: what its client has
 * started, and the servers that this client, or another process of the same program, was heard talking to in this run.
 */
import { field } from '../meaning/json-fields.ts';
import { isAmbiguous, type Launcher, launcherIdentity } from '../meaning/mcp.ts';
import type { Instance } from '../state/processes.ts';
import { className } from '../workload/process-class.ts';

export type Named = { subject: string; launcher: Launcher | null };

/** By client, the latest heard last; then by subject. */
export type ServerNames = Map<string, Map<string, Named>>;

const MAX_CLIENTS = 4096;
const MAX_SERVERS = 64;

export function learnServer(names: ServerNames, client: Instance, named: Named): void {
  const key = clientKey(client);
  const servers = names.get(key) ?? new Map<string, Named>();
  names.delete(key);
  names.set(key, servers);
  if (names.size > MAX_CLIENTS) names.delete(names.keys().next().value!);
  if (servers.size < MAX_SERVERS) servers.set(named.subject, named);
}

/**
 * @param started how the processes were started that may be the server: the client started them, and they serve nobody yet.
 * @param fresh the server has just been started: what the client greets is what it has started.
 * @returns null where nothing names it, or more than one thing might.
 */
export function guessServer(
  names: ServerNames,
  client: Instance,
  started: readonly Launcher[],
  fresh: boolean,
): Named | null {
  const known = [...(names.get(clientKey(client))?.values() ?? [])];
  const starts = new Map(started.map((launcher) => [launcherIdentity(launcher), launcher]));
  const again = known.filter(({ launcher }) => launcher && starts.has(launcherIdentity(launcher)));
  if (again.length > 0) return again.length === 1 ? again[0]! : null;
  if (starts.size === 0 || !fresh) return known.length === 1 ? known[0]! : null;
  const [only, ...others] = starts.values();
  if (!only || others.length > 0 || isAmbiguous(only)) return null;
  return { subject: launcherIdentity(only), launcher: only };
}

/** The first thing that is said to a server that has just been started. */
export function isGreeting(message: unknown): boolean {
  const method = field(message, 'method');
  return method === 'initialize' || method === 'server/discover';
}

/** Its workers are the same client, and so is the next container of its workload. */
function clientKey({ cgroup, program, cwd }: Instance): string {
  return `${cgroup.info?.id ?? cgroup.scope}\0${program ? className(program) : ''}\0${cwd}`;
}

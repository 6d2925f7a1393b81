import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UserError } from '../../errors.ts';

/** A cgroup directory: its inode number is the id that the kernel reports. */
export type CgroupDirectory = { id: string; path: string };

/** Nodes have some hundreds; what is above this is left out, and the caller is told by the length. */
const MAX_DIRECTORIES = 20_000;

/** Mount point of the hierarchy whose ids the sensor uses: v2's (also in hybrid mode), or v1's memory controller. */
export function cgroupMount(
  version: 'v1' | 'v2',
  mountinfo = readFileSync('/proc/self/mountinfo', 'utf8'),
): string {
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const [type, , options] = (after ?? '').split(' ');
    const path = before?.split(' ')[4];
    if (path === undefined) continue;
    const wanted =
      version === 'v2' ? type === 'cgroup2' : type === 'cgroup' && /(^|,)memory(,|$)/.test(options ?? '');
    if (wanted) return path.replaceAll('\\040', ' ');
  }
  throw new UserError(`no cgroup ${version} hierarchy is mounted here`, {
    exitCode: 4,
    hint: 'Mount it, in a container with -v /sys/fs/cgroup:/sys/fs/cgroup:ro, or leave the filters out.',
  });
}

/** All cgroups at and below `path` (relative to the mount). Cgroups that vanish meanwhile are left out. */
export async function listCgroups(mount: string, path = '/'): Promise<CgroupDirectory[]> {
  const found: CgroupDirectory[] = [];
  const queue = [join(mount, path)];
  while (queue.length > 0 && found.length < MAX_DIRECTORIES) {
    const directory = queue.pop()!;
    const [info, entries] = await Promise.all([
      stat(directory, { bigint: true }).catch(() => null),
      readdir(directory, { withFileTypes: true }).catch(() => []),
    ]);
    if (!info?.isDirectory()) continue;
    found.push({ id: info.ino.toString(), path: `/${relative(mount, directory)}` });
    for (const entry of entries) if (entry.isDirectory()) queue.push(join(directory, entry.name));
  }
  return found;
}

/**
 * Calls back soon after a cgroup came or went anywhere below the mount. One inotify watch per directory, so that a
 * container's cgroup is known before its first process has left the runtime's hands; `everyMs` is the safety net.
 */
export function watchCgroups(
  mount: string,
  everyMs: number,
  changed: (present: readonly CgroupDirectory[]) => void,
): () => void {
  const watchers = new Map<string, FSWatcher>();
  let soon: NodeJS.Timeout | undefined;
  let closed = false;
  const later = () => {
    if (closed) return;
    soon ??= setTimeout(() => {
      soon = undefined;
      void refresh();
    }, 20);
  };
  async function refresh(): Promise<void> {
    const present = await listCgroups(mount);
    if (closed) return;
    const directories = new Set(present.map(({ path }) => path));
    for (const [path, watcher] of watchers) {
      if (directories.has(path)) continue;
      watcher.close();
      watchers.delete(path);
    }
    const unwatched = [...directories].filter((path) => !watchers.has(path));
    unwatched.forEach(addWatch);
    // What was made in a new directory before it was watched shows at the next look.
    if (unwatched.some((path) => watchers.has(path))) later();
    changed(present);
  }
  function addWatch(path: string): void {
    try {
      const watcher = watch(join(mount, path), (event) => {
        if (event === 'rename') later();
      });
      watcher.on('error', () => {});
      watchers.set(path, watcher);
    } catch {
      // Out of inotify watches, or gone already: the timer covers it.
    }
  }
  const timer = setInterval(later, everyMs);
  void refresh();
  return () => {
    closed = true;
    clearInterval(timer);
    clearTimeout(soon);
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  };
}

/** Executables and libraries that may speak TLS: asked for once each, by what processes execute and map. */
import { TLS_LIBRARY } from '../../catalog/tls-libraries.ts';
import type { WireOf } from '../../model/wire.ts';
import type { Cgroup } from '../state/cgroups.ts';
import { type Instance, processKey } from '../state/processes.ts';
import { attachedAt, type Run } from '../state/run.ts';
import { type Asked, ask, retract, settle } from '../state/wants.ts';
import { attachedTls, waitsForTls } from './unheard.ts';

/** No such file, no such process: it went before it could be looked into. */
const GONE = new Set([2, 3]);
const MAX_ANCESTORS = 16;

/** Any executable may carry a TLS library inside. */
export function lookInto(run: Run, instance: Instance, path: string): void {
  if (instance.ignored || instance.init || run.shed.has('tls') || attachedAt(run, 'tls') === null) return;
  const { cgroup } = instance;
  ask(run.wants, cgroup, instance, 'image-attach', path, run.limits.wants);
  // Also where another process had it asked for.
  if (!cgroup.images.has(path)) waitsForTls(instance, path, run.clock.now);
}

export function lookIntoLibrary(run: Run, instance: Instance, path: string): void {
  if (TLS_LIBRARY.test(path)) lookInto(run, instance, path);
}

export function onImage(run: Run, record: WireOf<'image'>): void {
  const asked = settle(run.wants, record.req);
  if (!asked) return;
  const { cgroup, want } = asked;
  if (record.errno !== undefined && GONE.has(record.errno)) {
    retract(run.wants, asked);
    cgroup.tooSoon.add(want.path);
    if (askAnother(run, asked)) return;
  }
  if (record.status === 'attached') attachedTls(cgroup, want.path, record.at);
  if (cgroup.images.size < run.limits.wants || cgroup.images.has(want.path))
    cgroup.images.set(want.path, record);
}

/**
 * Commands that live for milliseconds are started by something that lives longer and sees the same files: an ancestor
 * in the same container; on the host, the sensor itself. @returns whether there was anybody.
 */
function askAnother(run: Run, { cgroup, want }: Asked): boolean {
  if (want.pid === 0) return false;
  const other = livingAncestor(run, cgroup, run.table.instances.get(processKey(want.pid, want.start)));
  const onHost = cgroup.parsed.containerId === null && cgroup.parsed.podUid === null;
  const through = other ?? (onHost ? { pid: 0, start: '0' } : null);
  if (!through) return false;
  ask(run.wants, cgroup, through, 'image-attach', want.path, run.limits.wants);
  return true;
}

function livingAncestor(run: Run, { scope }: Cgroup, instance: Instance | undefined): Instance | null {
  let at = instance;
  for (let depth = 0; at && depth < MAX_ANCESTORS; depth++) {
    at = at.parent === null ? undefined : run.table.instances.get(at.parent);
    if (at && at.exited === null && at.cgroup.scope === scope && !at.init && !at.ignored) return at;
  }
  return null;
}

import type { WireHeader } from '../model/wire.ts';
import { parseKubernetesWorkloadId } from '../model/workload.ts';
import { formatBytes, formatDuration } from './duration.ts';
import { sanitizeLine } from './sanitize.ts';

export type CollectSummary = {
  /** Null: nothing was written. */
  written: { path: string; bytes: number; segments: number; files?: number } | null;
  elapsedMs: number;
  workloads: readonly { id: string; dimensions: number }[];
  events: number;
  lost: number;
  /** Families and programs that the kernel refused, and everything else that makes this snapshot say less. */
  notes: readonly string[];
};

const MAX_WORKLOADS = 10;

/** The last lines on standard error: what was written, what is in it, what is not. */
export function collectSummary(s: CollectSummary): string {
  const active = s.workloads.filter(({ dimensions }) => dimensions > 0);
  const shown = active.slice(0, MAX_WORKLOADS);
  const more = active.length - shown.length;
  const idle = s.workloads.length - active.length;
  const lines = [
    s.written === null ? 'nothing was written' : wrote(s.written),
    `  ${formatDuration(s.elapsedMs)}, ${s.events} events, ${s.lost} lost, ${count(active.length, 'workload')}${idle > 0 ? `, ${idle} idle` : ''}`,
    ...shown.map(({ id, dimensions }) => `  ${nameIn(id)}  ${count(dimensions, 'dimension')}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...s.notes.map((note) => `  note: ${note}`),
  ];
  return `${lines.map(sanitizeLine).join('\n')}\n`;
}

function wrote({ path, bytes, segments, files = 1 }: NonNullable<CollectSummary['written']>): string {
  const before = files > 1 ? `${files} files, the last ` : '';
  return `wrote ${before}${path} (${formatBytes(bytes)}, ${count(segments, 'segment')})`;
}

/** Without cluster and machine: all are of this node. `unit/nginx.service`, `proc/1000:/usr/bin/python3::/srv/agent` */
function nameIn(id: string): string {
  const kubernetes = parseKubernetesWorkloadId(id);
  if (kubernetes) return `${kubernetes.namespace}/${kubernetes.kind}/${kubernetes.name}`;
  return id.replace(/^host:[^/]*\/|^cgroup:[^/]*(?=\/)/, '');
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** The first line: what is attached, and until when. @param replayed recorded stream, null for a live one */
export function startLine(header: WireHeader, windowMs: number | null, replayed: string | null): string {
  const families = header.families.filter((family) => family.attached_us !== undefined);
  const attached = `${families.map(({ family }) => family).join(', ') || 'nothing'} attached`;
  const window = windowMs === null ? 'until Ctrl-C' : `for ${formatDuration(windowMs)}`;
  const until = header.now ? 'at this moment' : window;
  const what =
    replayed === null ? `observing ${header.node} ${until}` : `replaying ${replayed} of ${header.node}`;
  return `${sanitizeLine(`${what}: ${attached}`)}\n`;
}

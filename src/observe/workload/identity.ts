/** Names for what no attribution names: systemd units, process trees of a bare host, and what stays unresolved. */
import type { HostProcess, WorkloadInfo } from '../types.ts';
import { basename } from './process-class.ts';

type Fields = Pick<WorkloadInfo, 'id' | 'unit' | 'resolvedBy' | 'name' | 'instance'>;

function bare(fields: Fields): WorkloadInfo {
  return {
    cluster: null,
    namespace: null,
    kind: null,
    labels: {},
    serviceAccount: null,
    revision: null,
    container: null,
    image: null,
    digest: null,
    principal: null,
    ...fields,
    id: fields.id.slice(0, 4096),
    name: fields.name.slice(0, 4096),
  };
}

export function unitWorkload(machine: string, unit: string): WorkloadInfo {
  return bare({
    id: `host:${machine}/unit/${unit}`,
    unit: 'systemd',
    resolvedBy: 'cgroup',
    name: unit,
    instance: unit,
  });
}

/** What a container runtime starts works in a folder of the container's: each start has another. */
const CONTAINER_ID = /[0-9a-f]{64}/g;

export function processWorkload(machine: string, root: HostProcess): WorkloadInfo {
  const { uid, exe, script, pid } = root;
  const cwd = root.cwd.replace(CONTAINER_ID, '*');
  return bare({
    id: `host:${machine}/proc/${uid < 0 ? '?' : uid}:${exe}:${script}:${cwd}`,
    unit: 'process',
    resolvedBy: 'proc',
    name: script === '' ? basename(exe) : `${basename(exe)} ${script}`,
    instance: String(pid),
  });
}

/** @param path '' where the stream never named the cgroup: its id has to do. */
export function unresolvedWorkload(machine: string, path: string, id: string): WorkloadInfo {
  const name = path === '' ? `#${id}` : path;
  return bare({
    id: `cgroup:${machine}${name}`,
    unit: 'unresolved',
    resolvedBy: 'none',
    name,
    instance: name,
  });
}

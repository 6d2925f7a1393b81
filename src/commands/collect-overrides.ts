/** `--workload NAME=SELECTOR`: the user knows better than the cgroup path who a process belongs to. */
import { UserError } from '../errors.ts';
import { kubernetesWorkloadId } from '../model/workload.ts';
import type { CgroupRef, HostProcess, WorkloadInfo } from '../observe/types.ts';

type Test = { key: string; pattern: RegExp };
export type Override = { name: string; tests: readonly Test[] };

/** What a host process is matched by; every other key is a pod label. */
const HOST_KEYS = ['exe', 'script', 'cwd', 'uid', 'unit', 'cgroup'] as const;
type HostKey = (typeof HOST_KEYS)[number];

/**
 * `NAME=key=value[,key=value…]`; a value may hold `*`. All must match. NAME is free, or `namespace/Kind/name` to say
 * that this is a Kubernetes workload.
 *
 * @throws UserError
 */
export function parseOverride(text: string): Override {
  const cut = text.indexOf('=');
  const name = text.slice(0, cut);
  const parts = text
    .slice(cut + 1)
    .split(',')
    .map((part) => /^([^=]+)=(.+)$/.exec(part));
  if (cut < 1 || parts.some((part) => part === null))
    throw new UserError(`--workload: "${text}" is not NAME=SELECTOR`, {
      hint: `e.g. agent=unit=agent.service, or web=cwd=/srv/*,exe=*/node; keys: ${HOST_KEYS.join(', ')}, or pod labels`,
    });
  return { name, tests: parts.map((part) => ({ key: part![1]!, pattern: wildcard(part![2]!) })) };
}

/** For containers by the labels of their pod, and for any cgroup by unit and path. */
export function overrideCgroup(
  overrides: readonly Override[],
  cgroup: CgroupRef,
  found: WorkloadInfo | null,
): WorkloadInfo | null {
  const facts = new Map<string, string>([...Object.entries(found?.labels ?? {}), ['cgroup', cgroup.path]]);
  if (cgroup.parsed.unit) facts.set('unit', cgroup.parsed.unit);
  const override = overrides.find(({ tests }) => holds(tests, facts));
  return override ? named(override.name, found, cgroup) : null;
}

/** For process trees of a bare host. */
export function overrideProcess(overrides: readonly Override[], process: HostProcess): WorkloadInfo | null {
  const values: Record<HostKey, string> = {
    exe: process.exe,
    script: process.script,
    cwd: process.cwd,
    uid: String(process.uid),
    unit: process.cgroup.parsed.unit ?? '',
    cgroup: process.cgroup.path,
  };
  const facts = new Map(Object.entries(values));
  const override = overrides.find(({ tests }) => holds(tests, facts));
  return override ? named(override.name, null, process.cgroup, String(process.pid)) : null;
}

function holds(tests: readonly Test[], facts: ReadonlyMap<string, string>): boolean {
  return tests.every(({ key, pattern }) => pattern.test(facts.get(key) ?? ''));
}

function named(name: string, found: WorkloadInfo | null, cgroup: CgroupRef, instance?: string): WorkloadInfo {
  const [namespace, kind, object] = /^([^/]+)\/([^/]+)\/([^/]+)$/.exec(name)?.slice(1) ?? [];
  const kubernetes = object !== undefined;
  const cluster = found?.cluster ?? null;
  return {
    id: kubernetes ? kubernetesWorkloadId(cluster, namespace!, kind!, object) : `named:${name}`,
    unit: found?.unit ?? (kubernetes ? 'kubernetes' : 'process'),
    resolvedBy: 'override',
    cluster,
    namespace: namespace ?? found?.namespace ?? null,
    kind: kind ?? null,
    name: object ?? name,
    labels: found?.labels ?? {},
    serviceAccount: found?.serviceAccount ?? null,
    revision: found?.revision ?? null,
    container: found?.container ?? null,
    image: found?.image ?? null,
    digest: found?.digest ?? null,
    instance: found?.instance ?? instance ?? cgroup.path,
    principal: found?.principal ?? null,
  };
}

/** `*` stands for any run of characters; everything else for itself. */
function wildcard(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

/** Labels of what runs outside Kubernetes: three programs called `node` are told apart by where they were started. */
import { byText } from '../history/order.ts';

type Labelled = { id: string; label: string };

/** `host:<machine>/proc/<uid>:<exe>:<script>:<cwd>`; see observe/workload/identity.ts. */
const PROCESS = /^host:([^/]*)\/proc\/([^:]*):.*:([^:]*)$/s;
const HOST = /^host:([^/]*)\/|^cgroup:/;

/** Longer and longer, until all of one label differ; the id at last, which is no one else's. */
const FORMS: readonly ((one: Labelled) => string)[] = [
  ({ id, label }) => {
    const [, , , cwd] = PROCESS.exec(id) ?? [];
    return cwd ? `${label} in ${cwd}` : label;
  },
  ({ id, label }) => {
    const [, machine, uid, cwd] = PROCESS.exec(id) ?? [];
    if (uid !== undefined) return `${label} in ${cwd} as user ${uid} on ${machine?.slice(0, 12)}`;
    return `${label} on ${HOST.exec(id)?.[1]?.slice(0, 12) ?? '?'}`;
  },
  ({ id }) => id,
];

/** @returns by id, of those whose label changes. Kubernetes names its own, and namespaces tell them apart. */
export function distinctLabels(workloads: readonly Labelled[]): Map<string, string> {
  const changed = new Map<string, string>();
  const groups = Map.groupBy(workloads, ({ label }) => label);
  for (const group of groups.values()) {
    const own = group.filter(({ id }) => HOST.test(id)).sort(byText(({ id }) => id));
    if (group.length === 1 || own.length === 0) continue;
    const form = FORMS.find((one) => new Set(own.map(one)).size === own.length) ?? (({ id }) => id);
    for (const one of own) changed.set(one.id, form(one));
  }
  return changed;
}

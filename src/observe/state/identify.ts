/** Which workload a cgroup or a process tree is, with what is known now. */
import type { WorkloadInfo } from '../types.ts';
import { processWorkload, unitWorkload, unresolvedWorkload } from '../workload/identity.ts';
import type { Cgroup } from './cgroups.ts';
import type { Tree } from './processes.ts';
import type { Run } from './run.ts';

type Place = { cgroup: Cgroup; tree: Tree | null };

function contained({ parsed, path }: Cgroup): boolean {
  return parsed.containerId !== null || parsed.podUid !== null || path === '';
}

/** Its existence is that of the cgroup; on the bare host a cgroup is shared by many trees. */
export function ownsCgroup(cgroup: Cgroup): boolean {
  return cgroup.info !== null || contained(cgroup) || cgroup.parsed.unit !== null;
}

export function identify(run: Run, { cgroup, tree }: Place): WorkloadInfo {
  const machine = run.header?.machine_id ?? '';
  const { id, path, parsed, info } = cgroup;
  if (info) return info;
  if (contained(cgroup)) return unresolvedWorkload(machine, path, id);
  if (parsed.unit !== null) return unitWorkload(machine, parsed.unit);
  if (!tree?.program) return unresolvedWorkload(machine, path, id);
  const { pid, uid, cwd, program } = tree;
  const root = { pid, uid, cwd, exe: program.exe, script: program.script, cgroup: { id, path, parsed } };
  return run.options.hostProcess?.(root) ?? processWorkload(machine, root);
}

export function identifyTree(run: Run, tree: Tree): WorkloadInfo {
  return identify(run, { cgroup: tree.cgroup, tree });
}

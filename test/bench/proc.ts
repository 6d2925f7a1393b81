import { readdirSync, readFileSync } from 'node:fs';

/** CPU time of all threads so far, ms: from schedstat, precise where the ticks of stat are sampled. */
export function cpuMs(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const ns = tasks.map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return ns.reduce((sum, value) => sum + value, 0) / 1e6;
}

export function rssMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Now, and the most that it ever was; null where the process is gone. */
export function memoryMiB(pid: number): { resident: number; peak: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [resident, peak] = [/VmRSS:\s+(\d+)/, /VmHWM:\s+(\d+)/].map((line) => line.exec(status)?.[1]);
    return resident && peak ? { resident: Number(resident) / 1024, peak: Number(peak) / 1024 } : null;
  } catch {
    return null;
  }
}

/** Of a collect: its sensor. */
export function childOf(parent: number): number {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === parent);
  if (children.length !== 1) throw new Error(`collect has ${children.length} children, expected its sensor`);
  return Number(children[0]);
}

function parentOf(pid: string): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[1]);
  } catch {
    return null;
  }
}

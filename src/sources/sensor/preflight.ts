import { accessSync, constants, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EXIT, UserError } from '../../errors.ts';

/** Beside src/ or beside dist/, and nowhere else: it is run with privileges. */
const ROOT = import.meta.url.endsWith('/src/sources/sensor/preflight.ts') ? '../../..' : '..';
const BPF = fileURLToPath(new URL(`${ROOT}/bpf`, import.meta.url));
const BUILT = `${BPF}/.output/ai-spm-sensor`;
/** By its whole path: an installed package is not where its user stands. */
const BUILD = `make -C ${BPF}`;
const BTF = '/sys/kernel/btf/vmlinux';

/** To load and attach, and to look into the roots of containers: what it keeps itself (bpf/privileges.c). */
const CAPABILITIES = 'CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH';

/**
 * Path of the sensor binary on a machine that can run it.
 *
 * @throws UserError with what is missing, and the one thing to type.
 */
export function findSensor(env: Readonly<Record<string, string | undefined>>): string {
  if (process.platform !== 'linux')
    throw new UserError(`collecting needs Linux: this is ${process.platform}`, {
      exitCode: EXIT.failed,
      hint: 'Run `ai-spm collect` on the node where the agent runs; `ai-spm audit` reads its snapshot anywhere.',
    });
  const path = sensorPath(env.AI_SPM_SENSOR);
  if (!existsSync(BTF))
    throw new UserError(`this kernel carries no BTF type information (${BTF} does not exist)`, {
      exitCode: EXIT.failed,
      hint: 'Boot a kernel with CONFIG_DEBUG_INFO_BTF=y, as Debian 11, Ubuntu 20.10, RHEL 8.2 and later have.',
    });
  return path;
}

function sensorPath(configured: string | undefined): string {
  const path = configured ?? BUILT;
  if (isExecutable(path)) return path;
  throw new UserError(
    configured === undefined ? 'the sensor is not built' : `AI_SPM_SENSOR names no program: ${configured}`,
    { exitCode: EXIT.failed, hint: `Type: ${BUILD}` },
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The sensor would wait for them in vain, and an empty window would read as an idle agent. */
export function refuseAbsentProcesses(pids: readonly number[]): void {
  const absent = pids.find((pid) => !existsSync(`/proc/${pid}`));
  if (absent === undefined) return;
  throw new UserError(`--pid: there is no process ${absent}`, {
    hint: 'Numbers are those of this PID namespace, as `pgrep -n NAME` prints.',
  });
}

/** @param stderr what the sensor printed last, already bounded */
export function noPrivileges(stderr: string): UserError {
  return new UserError(`the kernel refused every probe: no permission to load eBPF programs${says(stderr)}`, {
    exitCode: EXIT.failed,
    hint: `Run it as root (sudo ai-spm collect …), or with the ambient capabilities ${CAPABILITIES}.`,
  });
}

export function sensorFailed(why: string, stderr: string): UserError {
  return new UserError(`the sensor did not start: ${why}${says(stderr)}`, {
    exitCode: EXIT.failed,
    hint: `\`ai-spm collect --check\` shows what attaches here; \`${BUILD}\` builds the sensor anew.`,
  });
}

function says(stderr: string): string {
  const last = stderr.trim().split('\n').at(-1);
  return last ? ` (${last.slice(0, 300)})` : '';
}

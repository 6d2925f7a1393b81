/**
 * Seccomp profile in the OCI format (runtime-spec, config-linux.md, "Seccomp"): what Kubernetes takes as `Localhost`
 * profile and Docker as --security-opt seccomp=FILE.
 */
import { SYSCALLS } from '../catalog/syscalls.ts';
import { RUNTIME_BASE } from './seccomp-base.ts';

export type SeccompAction = 'SCMP_ACT_ALLOW' | 'SCMP_ACT_LOG' | 'SCMP_ACT_ERRNO';

export type SeccompProfile = {
  defaultAction: SeccompAction;
  /** Of the default action; 1 is EPERM. Absent where the default logs. */
  defaultErrnoRet?: number;
  architectures: string[];
  syscalls: { names: string[]; action: SeccompAction }[];
  /** Not of the specification; runtimes ignore fields that they do not know. */
  'x-ai-spm': Record<string, string>;
};

const EPERM = 1;

const ARCHITECTURES = { x86_64: 'SCMP_ARCH_X86_64', aarch64: 'SCMP_ARCH_AARCH64' } as const satisfies Record<
  keyof typeof SYSCALLS,
  string
>;

const KNOWN = new Map(
  Object.entries(SYSCALLS).map(([arch, runs]) => [
    arch as keyof typeof SYSCALLS,
    new Set(runs.flatMap(([, names]) => names.split(/\s+/).filter(Boolean))),
  ]),
);

/** Names as libseccomp knows them; `syscall_999` is a number that our table has no name for. */
export function isKnownSyscall(name: string): boolean {
  return [...KNOWN.values()].some((names) => names.has(name));
}

/** The snapshot does not say which machine it was, but its calls do: `arch_prctl` or `open` exist on x86_64 only. */
export function architecturesOf(names: readonly string[]): (keyof typeof SYSCALLS)[] {
  const known = names.filter(isKnownSyscall);
  return [...KNOWN].filter(([, own]) => known.every((name) => own.has(name))).map(([arch]) => arch);
}

export function allSyscalls(arch: keyof typeof SYSCALLS): ReadonlySet<string> {
  return KNOWN.get(arch)!;
}

export function runtimeBase(): string[] {
  return Object.values(RUNTIME_BASE).flat();
}

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** `rare` calls are made, and logged; what is in neither list is refused, or logged too while `alertOnly`. */
export function seccompProfile(parts: {
  allowed: readonly string[];
  rare: readonly string[];
  architectures: readonly (keyof typeof SYSCALLS)[];
  alertOnly: boolean;
  about: Record<string, string>;
}): SeccompProfile {
  const allowed = sorted([...parts.allowed, ...runtimeBase()]);
  const rare = sorted(parts.rare).filter((name) => !allowed.includes(name));
  return {
    defaultAction: parts.alertOnly ? 'SCMP_ACT_LOG' : 'SCMP_ACT_ERRNO',
    ...(parts.alertOnly ? {} : { defaultErrnoRet: EPERM }),
    architectures: parts.architectures.map((arch) => ARCHITECTURES[arch]),
    syscalls: [
      { names: allowed, action: 'SCMP_ACT_ALLOW' },
      ...(rare.length === 0 ? [] : [{ names: rare, action: 'SCMP_ACT_LOG' as const }]),
    ],
    'x-ai-spm': parts.about,
  };
}

/** Columns of a line of names, so that a hundred calls do not fill two screens. */
const LINE = 78;

function flowed(names: readonly string[], indent: string): string {
  const lines: string[] = [];
  for (const [i, name] of names.entries()) {
    const item = `${JSON.stringify(name)}${i === names.length - 1 ? '' : ','}`;
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + item.length > LINE) lines.push(`${indent}  ${item}`);
    else lines[lines.length - 1] = `${last} ${item}`;
  }
  return `[\n${lines.join('\n')}\n${indent}]`;
}

/** JSON, with lists of names flowed. */
export function formatProfile(profile: SeccompProfile): string {
  const text = JSON.stringify(profile, null, 2).replace(
    /^( *)("names": )\[[^\]]*\]/gm,
    (list, indent, key) => {
      const { names } = JSON.parse(`{${list}}`) as { names: string[] };
      return `${indent}${key}${flowed(names, indent)}`;
    },
  );
  return `${text}\n`;
}

/** What the runtime would do: the first rule that names the call, else the default. */
export function actionFor(profile: SeccompProfile, name: string): SeccompAction {
  return profile.syscalls.find(({ names }) => names.includes(name))?.action ?? profile.defaultAction;
}

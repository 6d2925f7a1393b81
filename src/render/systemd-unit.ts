/** Arguments and paths as they are: systemd's quoting is added here. */
export type UnitOptions = { command: readonly string[]; stateDirectory: string; output: string };

/**
 * A hardened service that runs `collect --every`. Capabilities: BPF and PERFMON load and attach; SYS_PTRACE and
 * DAC_READ_SEARCH look into the roots of containers and resolve cgroup ids; SYS_ADMIN switches BPF run-time
 * statistics on, for the cost figures only, and is kept by no process that observes. MemoryDenyWriteExecute cannot be set: Node.js compiles to memory.
 */
export function systemdUnit({ command, stateDirectory, output }: UnitOptions): string {
  const elsewhere = output === `/var/lib/${stateDirectory}` ? '' : ownDirectory(quote(output));
  return `[Unit]
Description=ai-spm: observe AI workloads by eBPF into posture snapshots
After=network.target

[Service]
Type=exec
ExecStart=${command.map(quote).join(' ')}
Restart=on-failure
RestartSec=30
KillSignal=SIGTERM
TimeoutStopSec=30
StateDirectory=${stateDirectory}
StateDirectoryMode=0700
${elsewhere}UMask=0077

CapabilityBoundingSet=CAP_BPF CAP_PERFMON CAP_SYS_PTRACE CAP_DAC_READ_SEARCH CAP_SYS_ADMIN
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service bpf perf_event_open open_by_handle_at
MemoryMax=512M
CPUQuota=50%
TasksMax=64

[Install]
WantedBy=multi-user.target
`;
}

/** A path to write to has to be there before the sandbox is made: `+` runs outside of it. */
function ownDirectory(path: string): string {
  return `ExecStartPre=+/bin/mkdir -p -m 0700 ${path}\nReadWritePaths=${path}\n`;
}

/** systemd.syntax(7): blanks and quotes inside double quotes, `%` and `$` doubled. */
function quote(argument: string): string {
  const escaped = argument.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll(/["\\]/g, '\\$&')}"`;
}

// SPDX-License-Identifier: Apache-2.0
/* After everything is attached, only what later work needs is kept. */
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sensor.h"

#define BIT(cap) (1ULL << (cap))

/* Returns 0 or a positive errno. */
static int keep(__u64 caps)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return errno;
	/* Fails without CAP_SETPCAP, which is as good. */
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (!(caps & BIT(cap)))
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	if (syscall(SYS_capget, &head, data))
		return errno;
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= caps >> (32 * i);
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &head, data) ? errno : 0;
}

/*
 * BPF and PERFMON: map reads, and attaching to images later. SYS_PTRACE: /proc/PID/root of others.
 * DAC_READ_SEARCH: reading there, and open_by_handle_at for cgroup paths. SYS_ADMIN: perf events on images, which
 * Linux before 6.6 knows nothing better than, want it again since 2025 (in stable kernels, too).
 */
int privileges_drop(void)
{
	bool perf_uprobes = opt.wanted[SIG_TLS] && !uprobes_multi();

	return keep((perf_uprobes ? BIT(CAP_SYS_ADMIN) : 0) | BIT(CAP_BPF) | BIT(CAP_PERFMON) | BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH));
}

int privileges_drop_all(void)
{
	return keep(0);
}

int privileges_keep_stats(void)
{
	return keep(BIT(CAP_SYS_ADMIN));
}

/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
#ifndef AI_SPM_RUNTIME_BPF_H
#define AI_SPM_RUNTIME_BPF_H

#include "core.h"

static __always_inline bool starts(const char *name, const char *with, int n)
{
	for (int i = 0; i < n; i++)
		if (name[i] != with[i])
			return false;
	return true;
}

static __always_inline bool equals(const char *name, const char *with, int n)
{
	return starts(name, with, n) && !name[n];
}

/*
 * Is this the container runtime, which shares the workload's cgroup until its last exec? By the executable's
 * name, which prctl(PR_SET_NAME) cannot forge; a runtime that runs from a sealed copy is `memfd:runc_cloned…`.
 * The whole name: an agent called runcode is none.
 */
static __always_inline bool is_runtime(struct task_struct *task)
{
	char name[24] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(task, mm, exe_file, f_path.dentry, d_name.name));
	if (starts(name, "memfd:", 6))
		return starts(name + 6, "runc_cloned", 11) || starts(name + 6, "crun", 4) ||
		       starts(name + 6, "youki", 5);
	return equals(name, "runc", 4) || equals(name, "crun", 4) || equals(name, "youki", 5) ||
	       equals(name, "conmon", 6) || starts(name, "containerd-shim", 15);
}

#endif

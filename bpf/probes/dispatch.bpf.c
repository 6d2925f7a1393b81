// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Every system call of the machine ends in here, and hardly one is anybody's. To be entered and to say no costs more
 * than anything else does at this place, so it happens once, not once for each family: a call goes to the program
 * that the loader put into its slot (dispatch.c), which does not come back.
 */
#include "../include/compat.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, CALLS_MAX);
	__type(key, u32);
	__type(value, u32);
} takers SEC(".maps");

SEC("tp_btf/sys_exit")
int BPF_PROG(dispatch_exit, struct pt_regs *regs, long ret)
{
	bpf_tail_call(ctx, &takers, EXIT_NR(regs));
	return 0;
}

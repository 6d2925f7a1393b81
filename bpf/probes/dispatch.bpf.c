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
	__uint(max_entries, TAKERS);
	__type(key, u32);
	__type(value, u32);
} takers SEC(".maps");

/* A slot that is a constant is a jump in the code, and nothing where it is empty: no look-up, no indirect call. */
SEC("tp_btf/sys_exit")
int BPF_PROG(dispatch_exit, struct pt_regs *regs, long ret)
{
	switch (EXIT_NR(regs)) {
	case NR_OPEN:
	case NR_CREAT:
	case NR_OPENAT:
	case NR_OPENAT2:
		bpf_tail_call_static(ctx, &takers, TAKER_OPEN);
		break;
	case NR_MMAP:
		bpf_tail_call_static(ctx, &takers, TAKER_MAP);
		break;
	case NR_WRITE:
	case NR_WRITEV:
		bpf_tail_call_static(ctx, &takers, TAKER_WRITE);
		break;
	case NR_SENDFILE:
	case NR_SPLICE:
	case NR_TEE:
	case NR_VMSPLICE:
		bpf_tail_call_static(ctx, &takers, TAKER_SPLICE);
		break;
	case NR_CONNECT:
	case NR_SENDTO:
	case NR_SENDMSG:
	case NR_SENDMMSG:
		bpf_tail_call_static(ctx, &takers, TAKER_PEER);
		break;
	}
	return 0;
}

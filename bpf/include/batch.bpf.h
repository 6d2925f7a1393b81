/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* sendmmsg and recvmmsg: calls that move several messages. */
#ifndef AI_SPM_BATCH_BPF_H
#define AI_SPM_BATCH_BPF_H

#include "io.bpf.h"

#define BATCH_MAX 16

/* Where a thread stands in the vector of its sendmmsg or recvmmsg: the hook tells of each message, not of which. */
struct batch {
	u64 vector;
	u64 next;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct batch);
} batches SEC(".maps");

/* struct mmsghdr of the 64-bit ABI. */
struct message {
	struct msghdr head;
	u64 unused[3];
	u32 len, pad;
};

static __always_inline bool is_batch(long nr)
{
	return nr == NR_SENDMMSG || nr == NR_RECVMMSG;
}

/* Address of the message that the call is at. */
static __always_inline u64 message_of(struct pt_regs *regs, s64 ret)
{
	u64 thread = bpf_get_current_pid_tgid(), vector = EXIT_ARG1(regs), i;
	struct batch *known = bpf_map_lookup_elem(&batches, &thread), now = { .vector = vector };

	i = known && known->vector == vector ? known->next : 0;
	now.next = i + 1;
	if (ret <= 0 || now.next >= (u32)EXIT_ARG2(regs))
		bpf_map_delete_elem(&batches, &thread);
	else
		bpf_map_update_elem(&batches, &thread, &now, BPF_ANY);
	return vector + i * sizeof(struct message);
}

#endif

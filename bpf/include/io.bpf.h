/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* The system call that a task is in, or at the exit of, and where the bytes lie that it moved. */
#ifndef AI_SPM_IO_BPF_H
#define AI_SPM_IO_BPF_H

#include "vector.bpf.h" /* before payload.bpf.h, which then sends them */
#include "payload.bpf.h"

#define PF_IO_WORKER 0x10
#define S_IFMT 0170000
#define S_IFIFO 0010000
#define S_IFSOCK 0140000
#define HEAD_WORDS 2

/* struct user_msghdr of the 64-bit ABI, as far as it matters. */
struct msghdr {
	u64 name;
	u64 namelen;
	u64 vector, count;
};

/* As file_of, of the running task by its typed pointer, which the program may follow itself: four helper calls less. */
static __always_inline struct file *own_file(struct task_struct *task, int fd)
{
	struct fdtable *table = task->files->fdt;
	struct file **slots = table->fd, *file = NULL;

	if (fd < 0 || (u32)fd >= table->max_fds)
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), slots + fd);
	return file;
}

/*
 * Points `t`, whose limit is set, to the bytes. What is no call of these, or runs elsewhere (sendfile, splice, io_uring),
 * has none that can be read: then only their number will be told.
 */
static __always_inline void find_bytes(struct transfer *t, struct task_struct *task, struct pt_regs *regs)
{
	long nr = EXIT_NR(regs);
	u64 at = EXIT_ARG1(regs);
	struct msghdr m;

	t->buffer = 0;
	t->vector = 0;
	if (task->flags & PF_IO_WORKER || compat_call(task))
		return;
	switch (nr) {
	case NR_READ:
	case NR_WRITE:
	case NR_RECVFROM:
	case NR_SENDTO:
		t->buffer = at;
		if (t->limit > EXIT_ARG2(regs)) /* with MSG_TRUNC, the result may be more than there was room for */
			t->limit = EXIT_ARG2(regs);
		return;
	case NR_READV:
	case NR_WRITEV:
	case NR_PREADV2:
	case NR_PWRITEV2:
		t->buffer = at;
		t->vector = EXIT_ARG2(regs);
		return;
	case NR_RECVMSG:
	case NR_SENDMSG:
		if (bpf_probe_read_user(&m, sizeof(m), (void *)at))
			return;
		t->buffer = m.vector;
		t->vector = m.count;
		return;
	}
}

/* The first bytes, zero-padded; false where they cannot be read. */
static __always_inline bool read_head(u64 head[HEAD_WORDS], const struct transfer *t)
{
	struct iovec v = { .base = t->buffer, .len = t->len };
	u32 n = HEAD_WORDS * 8;

	if (!t->buffer || (t->vector && bpf_probe_read_user(&v, sizeof(v), (void *)t->buffer)))
		return false;
	if (v.len > t->len)
		v.len = t->len;
	head[0] = head[1] = 0;
	if (v.len < n)
		n = v.len;
	asm volatile("" : "+r"(n));
	if (n > HEAD_WORDS * 8)
		return false;
	return !bpf_probe_read_user(head, n, (void *)v.base);
}

#endif

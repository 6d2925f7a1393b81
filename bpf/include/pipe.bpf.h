/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* What is written to, and whether a descriptor stands for a pipe. */
#ifndef AI_SPM_PIPE_BPF_H
#define AI_SPM_PIPE_BPF_H

#include "io.bpf.h"

struct end_key {
	u64 ino;
	u64 dev;
};

struct end {
	struct end_key key;
	u64 peer_ino;
	int fd;
	u32 via;
};

/* Lets the program follow an address by itself (6.2: fd264ca02094): a helper call costs 20 ns of each write. */
extern void *bpf_rdonly_cast(const void *address, u32 type) __ksym __weak;

/* Of all types that begin with a pointer to a file, the one that does so in every kernel. */
struct kiocb {
	struct file *ki_filp;
} __attribute__((preserve_access_index));

/* What a descriptor stands for, where the cast is there: the table's slot is read as that type. */
static __always_inline struct inode *own_inode(struct task_struct *task, int fd)
{
	struct fdtable *table = task->files->fdt;
	struct kiocb *slot;

	if (fd < 0 || (u32)fd >= table->max_fds)
		return NULL;
	slot = bpf_rdonly_cast((void *)(table->fd + fd) - bpf_core_field_offset(struct kiocb, ki_filp),
			       bpf_core_type_id_kernel(struct kiocb));
	return slot->ki_filp->f_inode;
}

/* Is it a pipe? */
static __always_inline bool look_at_pipe(struct end *e, struct task_struct *task, int fd)
{
	struct inode *inode;

	if (bpf_rdonly_cast) {
		inode = own_inode(task, fd);
		if (!inode || (inode->i_mode & S_IFMT) != S_IFIFO)
			return false;
		e->key.ino = inode->i_ino;
		e->key.dev = inode->i_sb->s_dev;
	} else {
		inode = BPF_CORE_READ(own_file(task, fd), f_inode);
		if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFIFO)
			return false;
		e->key.ino = BPF_CORE_READ(inode, i_ino);
		e->key.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	}
	e->peer_ino = e->key.ino;
	e->fd = fd;
	e->via = VIA_PIPE;
	return true;
}

#endif

/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Paths in the process's own view, without bpf_d_path (which tracepoints may not call), and descriptors to files. */
#ifndef AI_SPM_PATH_BPF_H
#define AI_SPM_PATH_BPF_H

#include "common.bpf.h"

#define CHAIN_NAMES 40
#define NAME_BYTES 256
#define AT_FDCWD -100

struct data {
	char bytes[DATA_MAX + DATA_SLACK];
};

struct chain {
	u64 dentry, mnt; /* where the walk stands; kernel addresses */
	u64 root, root_mnt;
	u32 off; /* where the next name goes */
	u32 truncated;
};

#define READ(type, address, field) BPF_CORE_READ((type *)(address), field)
#define MOUNT_TO_VFS bpf_core_field_offset(struct mount, mnt)

/* One step up. 0: go on, 1: at the root, 2: no more room. */
static __always_inline int step_up(struct data *data, struct chain *c)
{
	u64 dentry = c->dentry, mnt = c->mnt;
	u64 parent = (u64)READ(struct dentry, dentry, d_parent);
	u32 off = c->off;
	long n;

	if (dentry == c->root && mnt == c->root_mnt)
		return 1;
	if (dentry == (u64)READ(struct vfsmount, mnt, mnt_root)) {
		u64 mount = mnt - MOUNT_TO_VFS, up = (u64)READ(struct mount, mount, mnt_parent);

		c->dentry = (u64)READ(struct mount, mount, mnt_mountpoint);
		c->mnt = up + MOUNT_TO_VFS;
		return up == mount;
	}
	if (off > DATA_MAX - NAME_BYTES)
		return 2;
	n = bpf_probe_read_kernel_str(data->bytes + off, NAME_BYTES, READ(struct dentry, dentry, d_name.name));
	if (n <= 0)
		return 2;
	c->off = off + n;
	c->dentry = parent;
	return dentry == parent; /* memfd and the like hang nowhere */
}

/*
 * Writes the names from c->dentry up to the root, deepest first, each NUL-terminated, at c->off. Crosses mounts; what
 * lies outside the process's root goes up to the top of the mount namespace. A global function: verified once, and
 * what it keeps in `c` is unknown to the verifier, so that its states do not multiply.
 */
__noinline int walk(struct data *data, struct chain *c)
{
	if (!data || !c)
		return 0;
	for (int i = 0; i < CHAIN_NAMES; i++) {
		int end = step_up(data, c);

		if (end == 1)
			return 0;
		if (end == 2)
			break;
	}
	c->truncated = 1;
	return 0;
}

static __always_inline struct blob append_path(struct data *data, struct chain *c, struct dentry *dentry,
					       struct vfsmount *mnt, struct task_struct *task)
{
	u32 from = c->off;

	c->dentry = (u64)dentry;
	c->mnt = (u64)mnt;
	c->root = (u64)BPF_CORE_READ(task, fs, root.dentry);
	c->root_mnt = (u64)BPF_CORE_READ(task, fs, root.mnt);
	walk(data, c);
	return (struct blob){ .len = c->off - from, .form = FORM_CHAIN };
}

static __always_inline struct blob append_file(struct data *data, struct chain *c, struct file *file,
					       struct task_struct *task)
{
	return append_path(data, c, BPF_CORE_READ(file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt), task);
}

static __always_inline struct file *file_of(struct task_struct *task, int fd)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **slots = BPF_CORE_READ(table, fd), *file = NULL;

	if (fd < 0 || (u32)fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), slots + fd);
	return file;
}

#endif

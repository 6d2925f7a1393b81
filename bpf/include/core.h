/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * The part of the kernel's types that the probes read. Field offsets are relocated at load time from the running
 * kernel's BTF, so only names and types matter here, neither order nor completeness.
 */
#ifndef AI_SPM_CORE_H
#define AI_SPM_CORE_H

#include "base.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long di, si, dx, cx, r10, r8, r9, orig_ax, ax, bx, sp, r14;
};
struct thread_info {
	unsigned long flags;
	u32 status;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	u64 regs[31];
	u64 sp, orig_x0;
	s32 syscallno;
};
struct thread_info {
	unsigned long flags;
};
#endif

struct kernfs_node {
	const char *name;
	u64 id;
};
struct cgroup_root {
	int hierarchy_id;
	unsigned int subsys_mask;
};
struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};
struct cgroup_subsys_state {
	struct cgroup *cgroup;
};
enum cgroup_subsys_id { memory_cgrp_id = 4 };
struct css_set {
	struct cgroup_subsys_state *subsys[16];
	struct cgroup *dfl_cgrp;
};

struct qstr {
	const unsigned char *name;
};
struct super_block {
	u32 s_dev;
};
struct inode {
	u16 i_mode;
	unsigned long i_ino;
	u32 i_generation;
	s64 i_size;
	struct super_block *i_sb;
};
struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};
struct vfsmount {
	struct dentry *mnt_root;
};
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};
struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_flags;
	void *private_data;
};
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};
struct files_struct {
	struct fdtable *fdt;
};
struct fs_struct {
	struct path root, pwd;
};

struct ns_common {
	unsigned int inum;
};
struct mnt_namespace {
	struct ns_common ns;
};
struct net {
	struct ns_common ns;
};
struct pid_namespace {
	struct ns_common ns;
};
struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
};
struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	unsigned int level;
	struct upid numbers[1];
};

typedef struct {
	unsigned int val;
} kuid_t;
typedef struct {
	u64 val; /* two u32 before Linux 6.3: the same eight bytes on a little-endian machine */
} kernel_cap_t;
struct cred {
	kuid_t uid;
	kernel_cap_t cap_effective;
};
struct seccomp {
	int mode;
};
struct mm_struct {
	unsigned long arg_start, arg_end, task_size;
	unsigned long saved_auxv[1];
	struct file *exe_file;
};
struct linux_binprm {
	struct file *file;
};
struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int pid, tgid;
	u64 start_boottime;
	struct task_struct *group_leader, *real_parent;
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct files_struct *files;
	struct css_set *cgroups;
	const struct cred *cred;
	struct nsproxy *nsproxy;
	struct pid *thread_pid;
	struct seccomp seccomp;
	char comm[16];
};

struct vm_area_struct {
	unsigned long vm_start, vm_end, vm_flags;
	struct file *vm_file;
};

struct in6_addr {
	union {
		u8 u6_addr8[16];
		u32 u6_addr32[4];
	} in6_u;
};
typedef struct {
	struct net *net;
} possible_net_t;
typedef struct {
	s64 counter;
} atomic64_t;
struct sock_common {
	u32 skc_daddr;
	u16 skc_dport, skc_num, skc_family;
	volatile u8 skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	atomic64_t skc_cookie;
};
struct socket;
struct sock {
	struct sock_common __sk_common;
	u16 sk_type, sk_protocol;
	int sk_err;
	struct socket *sk_socket;
};
struct socket {
	struct sock *sk;
	struct file *file;
};

struct filename {
	const char *name;
};
struct open_how {
	u64 flags;
};
struct io_open {
	int dfd;
	struct filename *filename;
	struct open_how how;
};
struct io_cmd_data {
	struct file *file;
};
struct io_rw {
	u64 addr;
	u32 len;
};
struct io_cqe {
	int fd;
};
struct io_kiocb {
	u8 opcode;
	u32 flags;
	struct io_cqe cqe;
};

struct seq_file {
	u64 index;
};
struct bpf_iter_meta {
	struct seq_file *seq;
};
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};
struct bpf_iter__task_vma {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct vm_area_struct *vma;
};

#pragma clang attribute pop

struct bpf_raw_tracepoint_args {
	u64 args[0];
};

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#endif

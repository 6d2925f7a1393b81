/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Where kernels and architectures differ. Each entry names the kernel that changed it. Whole hooks that differ are
 * not here: a program called NAME__alt is tried where NAME was refused (see families.c).
 */
#ifndef AI_SPM_COMPAT_H
#define AI_SPM_COMPAT_H

#include "core.h"
#include "../calls.h"

/*
 * A system call's number and arguments at its exit. x86-64 leaves the argument registers alone; arm64 overwrites
 * x0 with the result and keeps the argument in orig_x0.
 */
#if defined(__TARGET_ARCH_x86)
#define EXIT_NR(regs) ((long)(regs)->orig_ax)
#define EXIT_ARG0(regs) ((regs)->di)
#define EXIT_ARG1(regs) ((regs)->si)
#define EXIT_ARG2(regs) ((regs)->dx)
#define EXIT_ARG3(regs) ((regs)->r10)
#define EXIT_ARG4(regs) ((regs)->r8)
#define TS_COMPAT 2
#elif defined(__TARGET_ARCH_arm64)
#define EXIT_NR(regs) ((long)(regs)->syscallno)
#define EXIT_ARG0(regs) ((regs)->orig_x0)
#define EXIT_ARG1(regs) ((regs)->regs[1])
#define EXIT_ARG2(regs) ((regs)->regs[2])
#define EXIT_ARG3(regs) ((regs)->regs[3])
#define EXIT_ARG4(regs) ((regs)->regs[4])
#define TIF_32BIT 22
#endif

/*
 * A 32-bit program's calls have other numbers and are never misread for 64-bit ones. Nor are they understood: its
 * exec is counted as one lost record of each family that reads system calls, and so is each call's number.
 */
static __always_inline bool compat_call(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
	return task->thread_info.status & TS_COMPAT;
#else
	return task->thread_info.flags & (1UL << TIF_32BIT);
#endif
}

/* Is this a 32-bit program? By its address space: the bit that tells so has moved between kernels. */
static __always_inline bool compat_program(struct task_struct *task)
{
	return BPF_CORE_READ(task, mm, task_size) <= 1UL << 32;
}

/* kernfs_node.parent became __parent in 6.15 (633488947ef6, for RCU). */
struct kernfs_node___parent {
	struct kernfs_node *parent;
} __attribute__((preserve_access_index));
struct kernfs_node___rcu {
	struct kernfs_node *__parent;
} __attribute__((preserve_access_index));

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	struct kernfs_node___parent *before = (void *)kn;
	struct kernfs_node___rcu *after = (void *)kn;

	if (bpf_core_field_exists(after->__parent))
		return BPF_CORE_READ(after, __parent);
	return BPF_CORE_READ(before, parent);
}

/* The argument `group_dead` of sched_process_exit: 6.16. */
typedef void (*btf_trace_sched_process_exit)(void *, struct task_struct *, bool);

static __always_inline bool exit_tells_group(void)
{
	return bpf_core_type_exists(btf_trace_sched_process_exit);
}

/*
 * sock_send_length and sock_recv_length: 6.3 (6e6eda44b939). Without them UDP is told by its connect() calls, which
 * also resolvers make that send nothing, and nobody counts bytes.
 */
typedef void (*btf_trace_sock_send_length)(void *, struct sock *, int, int);

static __always_inline bool has_send_hook(void)
{
	return bpf_core_type_exists(btf_trace_sock_send_length);
}

#endif

/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* What there is to say of a task, and the record that says it. */
#ifndef AI_SPM_TASK_BPF_H
#define AI_SPM_TASK_BPF_H

#include "path.bpf.h"
#include "runtime.bpf.h"

struct scratch {
	struct process_event ev;
	struct data data;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

/* Iterators can be preempted; the loader runs one at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scratch);
} iter_scratch SEC(".maps");

static __always_inline u32 pidns_of(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	u32 level = BPF_CORE_READ(pid, level);
	struct upid *ids = (void *)pid + bpf_core_field_offset(struct pid, numbers);
	struct pid_namespace *ns;

	bpf_core_read(&ns, sizeof(ns), &ids[level & 31].ns);
	return BPF_CORE_READ(ns, ns.inum);
}

static __always_inline void identity(struct process_event *p, struct task_struct *task)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent, group_leader);
	struct nsproxy *ns = BPF_CORE_READ(task, nsproxy);

	p->ppid = BPF_CORE_READ(parent, tgid);
	p->pstart = BPF_CORE_READ(parent, start_boottime);
	p->uid = BPF_CORE_READ(task, cred, uid.val);
	bpf_probe_read_kernel(&p->caps, sizeof(p->caps), (void *)BPF_CORE_READ(task, cred) +
			      bpf_core_field_offset(struct cred, cap_effective));
	p->mntns = BPF_CORE_READ(ns, mnt_ns, ns.inum);
	p->netns = BPF_CORE_READ(ns, net_ns, ns.inum);
	p->pidns = pidns_of(task);
	p->seccomp = BPF_CORE_READ(task, seccomp.mode);
	bpf_probe_read_kernel_str(p->comm, sizeof(p->comm), &task->comm);
}

static __always_inline void begin(struct process_event *p, u16 ev, const struct actor *a, u64 now)
{
	__builtin_memset(p, 0, sizeof(*p));
	fill(&p->h, EV_PROCESS, a, now);
	p->ev = ev;
}

static __always_inline bool finish(struct seq_file *seq, struct scratch *s, const struct chain *c)
{
	u32 off = c->off;

	if (c->truncated)
		s->ev.h.flags |= EVF_TRUNCATED;
	asm volatile("" : "+r"(off));
	if (off > sizeof(s->data))
		return false;
	return send(seq, &s->ev.h, sizeof(s->ev) + off, SIG_PROCESS);
}

/* The executable, the working directory and, where `argv` can be read, the arguments. */
static __always_inline void describe(struct scratch *s, struct chain *c, struct task_struct *task)
{
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);

	identity(&s->ev, task);
	s->ev.exe = append_file(&s->data, c, exe, task);
	s->ev.cwd = append_path(&s->data, c, BPF_CORE_READ(task, fs, pwd.dentry), BPF_CORE_READ(task, fs, pwd.mnt),
				task);
	if (is_runtime(task))
		s->ev.h.flags |= EVF_INIT;
}

#endif

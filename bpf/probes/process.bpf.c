// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Tasks: what runs, what starts, what it is, when it ends. Lineage also carries the process-tree filter. */
#include "../include/task.bpf.h"

struct cgroup_scratch {
	struct cgroup_event ev;
	char path[4096];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cgroup_scratch);
} cgroup_scratch SEC(".maps");

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task)
{
	u64 now = bpf_ktime_get_boot_ns();
	struct actor a = actor_of(task);
	struct chain c = {};
	struct scratch *s;
	u32 zero = 0;

	s = bpf_map_lookup_elem(&scratch, &zero);
	if (!s || !in_scope(task, &a))
		return 0;
	begin(&s->ev, PROC_EXEC, &a, now);
	describe(s, &c, task);
	if (compat_program(task)) {
		account_unread(a.cg, SIG_FILE, now);
		account_unread(a.cg, SIG_MAPPING, now);
		account_unread(a.cg, SIG_NETWORK, now);
	}

	u64 from = BPF_CORE_READ(task, mm, arg_start), size = BPF_CORE_READ(task, mm, arg_end) - from;
	u32 off = c.off;

	/* The strings were just written by this very exec: the pages are there. */
	if (size > ARGV_MAX - 1)
		size = ARGV_MAX - 1;
	asm volatile("" : "+r"(size), "+r"(off));
	size &= ARGV_MAX - 1;
	if (off <= DATA_MAX && !bpf_probe_read_user(s->data.bytes + off, size, (void *)from)) {
		s->ev.argv = (struct blob){ .len = size, .form = FORM_STRING };
		c.off = off + size;
	}
	finish(NULL, s, &c);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct actor a;
	struct chain c = {};
	struct scratch *s;
	u32 zero = 0, ppid = parent->tgid, pid = child->tgid;
	u8 settled = SCOPE_SETTLED;

	if (child->pid != child->tgid)
		return 0; /* a thread */
	if (cfg.scoped && bpf_map_lookup_elem(&scope_pids, &ppid))
		bpf_map_update_elem(&scope_pids, &pid, &settled, BPF_ANY);
	/* From the child alone: its group_leader is itself. */
	a = actor_of(child);
	s = bpf_map_lookup_elem(&scratch, &zero);
	if (!s || !in_scope(child, &a))
		return 0;
	begin(&s->ev, PROC_FORK, &a, bpf_ktime_get_boot_ns());
	identity(&s->ev, child);
	if (is_runtime(child))
		s->ev.h.flags |= EVF_INIT;
	finish(NULL, s, &c);
	return 0;
}

static __always_inline int on_exit(struct task_struct *task)
{
	struct actor a = actor_of(task);
	struct chain c = {};
	struct scratch *s;
	u32 zero = 0;

	s = bpf_map_lookup_elem(&scratch, &zero);
	if (!s || !in_scope(task, &a))
		return 0;
	begin(&s->ev, PROC_EXIT, &a, bpf_ktime_get_boot_ns());
	finish(NULL, s, &c);
	if (cfg.scoped)
		bpf_map_delete_elem(&scope_pids, &a.pid);
	return 0;
}

/* Where the kernel does not say whether it is the last thread, the leader's exit has to stand for the group's. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	bool last = exit_tells_group() ? (bool)ctx[1] : task->pid == task->tgid;

	return last ? on_exit(task) : 0;
}

/* Only the hierarchy whose ids we use: numbers of different hierarchies overlap. */
static __always_inline bool our_hierarchy(struct cgroup *cgrp)
{
	u32 memory = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);

	if (cfg.cgroup_v1)
		return BPF_CORE_READ(cgrp, root, subsys_mask) >> (memory & 15) & 1;
	return BPF_CORE_READ(cgrp, root, hierarchy_id) == 0;
}

/*
 * A cgroup is named when it is made: one that lives for a moment is gone when the loader asks for its path. It is
 * in scope with the one above it. Records of no family, so not counted; the loader asks where one was lost.
 */
SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_made, struct cgroup *cgrp, const char *path)
{
	u64 id = cgrp->kn->id, above = BPF_CORE_READ(kernfs_parent(cgrp->kn), id);
	struct cgroup_scratch *s;
	u32 zero = 0;
	u8 settled = SCOPE_SETTLED;
	long n;

	if (!our_hierarchy(cgrp))
		return 0;
	if (cfg.scoped && bpf_map_lookup_elem(&scope_cgroups, &above))
		bpf_map_update_elem(&scope_cgroups, &id, &settled, BPF_ANY);
	s = bpf_map_lookup_elem(&cgroup_scratch, &zero);
	if (!s)
		return 0;
	n = bpf_probe_read_kernel_str(s->path, sizeof(s->path), path);
	if (n <= 0)
		return 0;
	__builtin_memset(&s->ev, 0, sizeof(s->ev));
	s->ev.h.type = EV_CGROUP;
	s->ev.h.at = bpf_ktime_get_boot_ns();
	s->ev.h.cg = id;
	s->ev.path = (struct blob){ .len = n, .form = FORM_STRING };
	n += sizeof(s->ev);
	asm volatile("" : "+r"(n));
	if (n < 0 || n > sizeof(*s))
		return 0;
	s->ev.h.len = n;
	bpf_ringbuf_output(&events, s, n, BPF_RB_FORCE_WAKEUP);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_gone, struct cgroup *cgrp)
{
	struct event e = { .len = sizeof(e), .type = EV_CGROUP_GONE, .at = bpf_ktime_get_boot_ns() };

	if (!our_hierarchy(cgrp))
		return 0;
	e.cg = cgrp->kn->id;
	if (cfg.scoped)
		bpf_map_delete_elem(&scope_cgroups, &e.cg);
	bpf_ringbuf_output(&events, &e, sizeof(e), BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("iter/task")
int process_exists(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct chain c = {};
	struct scratch *s;
	struct actor a;
	u32 zero = 0;

	if (!task || task->pid != task->tgid || task->flags & PF_KTHREAD || !task->mm)
		return 0;
	a = actor_of(task);
	s = bpf_map_lookup_elem(&iter_scratch, &zero);
	if (!s || !in_fresh_scope(task, &a))
		return 0;
	begin(&s->ev, PROC_EXISTS, &a, bpf_ktime_get_boot_ns());
	describe(s, &c, task);
	finish(ctx->meta->seq, s, &c);
	return 0;
}

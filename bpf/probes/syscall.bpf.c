// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Which system calls a process made, as a bitmap per (cgroup, process instance, phase). Each thread remembers what
 * it has already reported, so that the common case is one lookup and one test; the shared set is touched only when
 * a thread's bit is new.
 */
#include "../include/common.bpf.h"
#include "../include/runtime.bpf.h"

struct thread {
	u64 bits[SYSCALL_WORDS];
	u64 css, mm, generation; /* what the bits hold for: another cgroup, program or scope starts afresh */
	u32 phase;
	u32 skip;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct syscall_key);
	__type(value, struct syscall_set);
} syscall_sets SEC(".maps");

/* Where sets go, without their process, when the map above is full. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct syscall_key);
	__type(value, struct syscall_set);
} folded_sets SEC(".maps");

static __always_inline u64 generation(void)
{
	u32 zero = 0;
	u64 *g = cfg.scoped ? bpf_map_lookup_elem(&scope_generation, &zero) : NULL;

	return g ? *g : 0;
}

static __always_inline void refresh(struct thread *t, struct task_struct *task)
{
	struct actor a = actor_of(task);

	__builtin_memset(t->bits, 0, sizeof(t->bits));
	t->css = (u64)task->cgroups;
	t->mm = (u64)task->mm;
	t->generation = generation();
	t->phase = is_runtime(task) ? PHASE_INIT : PHASE_RUN;
	t->skip = !in_scope(task, &a);
}

static __always_inline struct syscall_set *set_in(void *map, const struct syscall_key *key, u64 now)
{
	struct syscall_set *set = bpf_map_lookup_elem(map, key), fresh = { .first = now };

	if (set)
		return set;
	bpf_map_update_elem(map, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

/* False when no map has room: the next call tries again. */
static __noinline bool publish(struct task_struct *task, u32 phase, u32 nr)
{
	struct actor a = actor_of(task);
	struct syscall_key key = { .cg = a.cg, .start = a.start, .pid = a.pid, .phase = phase };
	u64 now = bpf_ktime_get_boot_ns(), bit = 1ULL << (nr & 63);
	u32 word = nr >> 6 & (SYSCALL_WORDS - 1);
	struct syscall_set *set = set_in(&syscall_sets, &key, now);

	if (!set) {
		struct cover *c = cover_of(a.cg, SIG_SYSCALL);

		key.pid = 0;
		key.start = 0;
		set = set_in(&folded_sets, &key, now);
		if (!set) {
			account_unread(a.cg, SIG_SYSCALL, now);
			return false;
		}
		if (c && !(set->bits[word] & bit)) {
			add(&c->collapsed, 1);
			c->last = now;
		}
	}
	if (!(set->bits[word] & bit)) {
		__sync_fetch_and_or(&set->bits[word], bit);
		set->last = now;
	}
	return true;
}

static __always_inline int on_enter(struct task_struct *task, u64 nr)
{
	struct thread *t = bpf_task_storage_get(&threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	u32 word = nr >> 6 & (SYSCALL_WORDS - 1);
	u64 bit = 1ULL << (nr & 63);

	if (nr >= SYSCALL_WORDS * 64)
		return 0;
	if (!t) {
		/* No memory, or the storage was busy on this CPU: the call was made all the same. */
		struct actor a = actor_of(task);

		if (in_scope(task, &a))
			account_unread(a.cg, SIG_SYSCALL, bpf_ktime_get_boot_ns());
		return 0;
	}
	if (t->css != (u64)task->cgroups || t->mm != (u64)task->mm || t->generation != generation())
		refresh(t, task);
	if (t->skip || t->bits[word] & bit)
		return 0;
	if (compat_call(task)) {
		account_unread(cgroup_of(task), SIG_SYSCALL, bpf_ktime_get_boot_ns());
		return 0;
	}
	if (publish(task, t->phase, nr))
		t->bits[word] |= bit;
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(syscall_enter, struct pt_regs *regs, long nr)
{
	return on_enter(bpf_get_current_task_btf(), nr);
}

SEC("raw_tp/sys_enter")
int syscall_enter__alt(struct bpf_raw_tracepoint_args *ctx)
{
	return on_enter(bpf_get_current_task_btf(), ctx->args[1]);
}

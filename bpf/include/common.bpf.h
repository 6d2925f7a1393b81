/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* What every family shares: maps that the loader hands to all of them, who acts, what is in scope, how to send. */
#ifndef AI_SPM_COMMON_BPF_H
#define AI_SPM_COMMON_BPF_H

#include "compat.h"
#include "../events.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC(".rodata.cfg") const volatile struct config cfg;

/* Sizes are the loader's (maps.c): one map of each for the whole sensor. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct cover_key);
	__type(value, struct cover);
} coverage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, u8);
} scope_cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u8);
} scope_pids SEC(".maps");

/* Bumped by the loader with every change of scope. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} scope_generation SEC(".maps");

struct actor {
	u64 cg, start;
	u32 pid;
};

#define PF_KTHREAD 0x00200000
#define add(where, n) ((void)__sync_fetch_and_add((where), (n)))

static __always_inline u64 mix(u64 h, u64 word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
	return h ^ (h >> 29);
}

static __always_inline u64 cgroup_of(struct task_struct *task)
{
	if (cfg.cgroup_v1) {
		u32 memory = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
		struct cgroup_subsys_state *css;

		bpf_core_read(&css, sizeof(css), &task->cgroups->subsys[memory & 15]);
		return BPF_CORE_READ(css, cgroup, kn, id);
	}
	return task->cgroups->dfl_cgrp->kn->id;
}

static __always_inline struct actor actor_of(struct task_struct *task)
{
	struct actor a = {
		.cg = cgroup_of(task),
		.start = task->group_leader->start_boottime,
		.pid = task->tgid,
	};
	return a;
}

static __always_inline bool ignored(u32 tgid)
{
#pragma unroll
	for (int i = 0; i < IGNORE_MAX; i++)
		if (cfg.ignore[i] && cfg.ignore[i] == tgid)
			return true;
	return false;
}

static __always_inline bool in_scope(struct task_struct *task, const struct actor *a)
{
	if (task->flags & PF_KTHREAD || ignored(a->pid))
		return false;
	if (!cfg.scoped)
		return true;
	return bpf_map_lookup_elem(&scope_cgroups, &a->cg) || bpf_map_lookup_elem(&scope_pids, &a->pid);
}

/* What iterators report: all, or what the loader has added since they last ran. */
static __always_inline bool in_fresh_scope(struct task_struct *task, const struct actor *a)
{
	u8 *state;

	if (task->flags & PF_KTHREAD || ignored(a->pid))
		return false;
	if (!cfg.scoped)
		return true;
	state = bpf_map_lookup_elem(&scope_cgroups, &a->cg);
	if (state && *state == SCOPE_FRESH)
		return true;
	state = bpf_map_lookup_elem(&scope_pids, &a->pid);
	return state && *state == SCOPE_FRESH;
}

/* Not on the stack, of which older kernels allow 512 bytes over all calls. */
static const struct cover no_cover;

/* The counters of (cgroup, signal). Where the map is full, those of cgroup 0, which the loader put there. */
static __always_inline struct cover *cover_of(u64 cg, u32 signal)
{
	struct cover_key key = { .cg = cg, .signal = signal };
	struct cover *c = bpf_map_lookup_elem(&coverage, &key);

	if (c)
		return c;
	bpf_map_update_elem(&coverage, &key, &no_cover, BPF_NOEXIST);
	c = bpf_map_lookup_elem(&coverage, &key);
	if (c)
		return c;
	key.cg = 0;
	return bpf_map_lookup_elem(&coverage, &key);
}

static __always_inline void account(const struct event *e, u32 signal, bool delivered)
{
	struct cover *c = cover_of(e->cg, signal);

	if (!c)
		return;
	add(&c->attempted, 1);
	if (delivered)
		add(&c->delivered, 1);
	else
		add(&c->lost, 1);
	if (delivered && e->flags & EVF_TRUNCATED)
		add(&c->truncated, 1);
	c->last = e->at;
}

/* Something that should have become a record and could not be read. */
static __always_inline void account_unread(u64 cg, u32 signal, u64 at)
{
	struct cover *c = cover_of(cg, signal);

	if (!c)
		return;
	add(&c->attempted, 1);
	add(&c->lost, 1);
	c->last = at;
}

static __always_inline void fill(struct event *e, u16 type, const struct actor *a, u64 at)
{
	e->type = type;
	e->flags = 0;
	e->at = at;
	e->cg = a->cg;
	e->start = a->start;
	e->pid = a->pid;
	e->errnum = 0;
}

/* Sends a record of `len` bytes: by the ring, or to the reader of the iterator that runs. */
static __always_inline bool send(struct seq_file *seq, struct event *e, u32 len, u32 signal)
{
	bool sent;

	e->len = len;
	if (seq) {
		/* On overflow the kernel calls the program again for the same object: nothing is lost. */
		sent = bpf_seq_write(seq, e, len) == 0;
		if (!sent)
			return false;
	} else {
		u64 waiting = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);
		bool now = waiting >= cfg.wake_bytes || (cfg.wake_code && e->flags & EVF_EXEC);
		u64 wake = now ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;

		sent = bpf_ringbuf_output(&events, e, len, wake) == 0;
	}
	account(e, signal, sent);
	return sent;
}

#endif

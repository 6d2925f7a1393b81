/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Counts per (cgroup, process instance, what it touched), and the claim to the one first-seen record of each. */
#ifndef AI_SPM_SUBJECT_BPF_H
#define AI_SPM_SUBJECT_BPF_H

#include "common.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, struct subject);
} subjects SEC(".maps");

/* Where subjects go, without their process, when the map above is full. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, struct subject);
} folded SEC(".maps");

static __always_inline u64 subject_id(const struct actor *a, u64 what)
{
	return mix(mix(mix(mix(cfg.seed, what), a->cg), a->start), a->pid);
}

static __always_inline struct subject *subject_new(void *map, u64 id, const struct actor *a, u64 now)
{
	struct subject fresh = {
		.first = now, .last = now, .cg = a->cg, .start = a->start, .pid = a->pid,
	};

	bpf_map_update_elem(map, &id, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, &id);
}

/*
 * The entry of (actor, what), made if need be; `id` becomes its identity. A full map folds the actor to "unknown"
 * (pid 0, start 0), which is counted; NULL when that is full too, counted as lost.
 */
static __noinline struct subject *subject_slow(struct actor *a, u64 what, u64 *id, u32 signal, u64 now)
{
	struct subject *s = subject_new(&subjects, *id, a, now);
	struct cover *c;

	if (s)
		return s;
	a->pid = 0;
	a->start = 0;
	*id = subject_id(a, what);
	s = bpf_map_lookup_elem(&folded, id);
	if (s)
		return s;
	s = subject_new(&folded, *id, a, now);
	if (!s) {
		account_unread(a->cg, signal, now);
		return NULL;
	}
	c = cover_of(a->cg, signal);
	if (c) {
		add(&c->collapsed, 1);
		c->last = now;
	}
	return s;
}

static __always_inline struct subject *subject_of(struct actor *a, u64 what, u64 *id, u32 signal, u64 now)
{
	struct subject *s;

	*id = subject_id(a, what);
	s = bpf_map_lookup_elem(&subjects, id);
	return s ? s : subject_slow(a, what, id, signal, now);
}

/* True for the one caller that shall send the first-seen record; `unclaim` when it could not. */
static __always_inline bool claim(struct subject *s)
{
	return !s->emitted && __sync_val_compare_and_swap(&s->emitted, 0, 1) == 0;
}

static __always_inline void unclaim(struct subject *s)
{
	s->emitted = 0;
}

#endif

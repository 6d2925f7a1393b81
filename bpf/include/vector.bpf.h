/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Bytes that lie in several places. A small message becomes one record nevertheless, so that a datagram stays one: it is
 * put together in memory of this CPU, which tracepoint programs have for themselves and probes on user functions do not.
 */
#ifndef AI_SPM_VECTOR_BPF_H
#define AI_SPM_VECTOR_BPF_H

#include "chunk.bpf.h"

#define VECTOR_MAX 64
#define GATHER_MAX 8192

struct iovec {
	u64 base, len;
};

struct gathered {
	struct payload_event p;
	char bytes[2 * GATHER_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct gathered);
} gathered SEC(".maps");

/* Appends the next of the call's vectors. True when no more is needed, or can be had. */
__noinline int gather_next(struct transfer *t, u64 at)
{
	struct gathered *g;
	u32 zero = 0, n, done;
	struct iovec v;

	g = bpf_map_lookup_elem(&gathered, &zero);
	if (!t || !g || bpf_probe_read_user(&v, sizeof(v), (const void *)at))
		return true;
	done = (t->len - t->left) & (GATHER_MAX - 1);
	n = v.len < t->left ? v.len : t->left;
	asm volatile("" : "+r"(n));
	if (n > GATHER_MAX)
		return true;
	if (n && bpf_probe_read_user(g->bytes + done, n, (const void *)v.base))
		return true;
	t->left -= n;
	return t->left == 0;
}

/* False when it could not be had whole. */
__noinline int gather_send(struct transfer *t)
{
	struct gathered *g;
	u32 zero = 0, len;
	bool sent;
	u64 at;

	g = bpf_map_lookup_elem(&gathered, &zero);
	if (!t || !g)
		return 0;
	at = t->buffer;
	for (u32 i = 0; i < VECTOR_MAX && i < t->vector; i++, at += sizeof(struct iovec))
		if (gather_next(t, at))
			break;
	if (t->left)
		return 0;
	len = t->len;
	head_of(&g->p, t, len, len);
	asm volatile("" : "+r"(len));
	if (len > GATHER_MAX)
		return 0;
	sent = bpf_ringbuf_output(&payloads, g, sizeof(g->p) + len, wake_flags()) == 0;
	account(&g->p.h, t->signal, sent);
	return 1;
}

/* The next of the call's vectors. True when it was the last. */
__noinline int vector_next(struct transfer *t, u64 at)
{
	u64 left, have, n, part;
	struct iovec v;

	if (!t)
		return true;
	left = t->left;
	have = t->have;
	if (bpf_probe_read_user(&v, sizeof(v), (const void *)at)) {
		t->cut = 1;
		t->have = 0;
		part_send(t);
		return true;
	}
	n = v.len < left ? v.len : left;
	part = n < have ? n : have;
	if (!n)
		return false;
	t->from = v.base;
	t->have = part;
	if (n == left || part == have)
		return part_send(t), true;
	t->left = n;
	part_send(t);
	t->left = left - n;
	t->have = have - part;
	return false;
}

__noinline int vector_send(struct transfer *t)
{
	u64 at;

	if (!t || (t->len < GATHER_MAX && t->have == t->len && gather_send(t)))
		return 0;
	t->left = t->len;
	at = t->buffer;
	for (u32 i = 0; i < VECTOR_MAX && i < t->vector; i++, at += sizeof(struct iovec))
		if (vector_next(t, at))
			return 0;
	t->cut = 1;
	t->have = 0;
	return part_send(t);
}

#endif

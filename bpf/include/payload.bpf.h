/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * The bytes that calls move on a stream. A family hands over each call as a `struct transfer`, after it returned.
 *
 * Offsets count what was moved, delivered or not: user space sees a loss as a jump. What is captured of a call is
 * bounded by the family, by user space for a stream (the command stream-mode), by --max-payload, and by the ring's
 * fill, in this order of patience; what was moved and not captured is told by its length.
 */
#ifndef AI_SPM_PAYLOAD_BPF_H
#define AI_SPM_PAYLOAD_BPF_H

#include "chunk.bpf.h"

/* Above these fills of the ring (of 8 parts), so many bytes of a call: its head, where requests name what they want. */
#define PRESSED 4
#define PRESSED_MAX 2048
#define NEARLY_FULL 7
#define NEARLY_FULL_MAX 512

/* A stream whose bytes nobody wants tells their number this often. */
#define HELD_BYTES (1 << 20)
#define HELD_NS 1000000000ULL

/* How much to capture of it. */
static __always_inline u64 limit_of(struct transfer *t)
{
	u64 waiting = bpf_ringbuf_query(&payloads, BPF_RB_AVAIL_DATA), part = cfg.payload_ring / 8;
	u64 want = t->len, bound = cfg.payload_max, id = t->stream;
	u32 *asked = bpf_map_lookup_elem(&stream_limits, &id);

	if (want > t->limit)
		want = t->limit;
	if (asked && want > *asked)
		want = *asked;
	if (waiting > part * NEARLY_FULL)
		bound = bound < NEARLY_FULL_MAX ? bound : NEARLY_FULL_MAX;
	else if (waiting > part * PRESSED)
		bound = bound < PRESSED_MAX ? bound : PRESSED_MAX;
	if (!t->buffer)
		bound = 0;
	t->cut = want > bound;
	return want < bound ? want : bound;
}

/* Tells the bytes that were held back, up to where `t` stands. */
static __always_inline void tell_held(struct transfer *t, struct stream *s)
{
	u32 dir = t->dir & 1;
	u64 n = s->held[dir], off = t->off;

	if (!n)
		return;
	__sync_fetch_and_sub(&s->held[dir], n);
	s->held_at = t->at;
	t->off = off - n;
	chunk_send(t, 0, n, 0);
	t->off = off;
}

/* Of a stream that user space has seen enough of: now and then the number of its bytes. */
static __always_inline void hold(struct transfer *t, struct stream *s)
{
	u32 dir = t->dir & 1;

	__sync_fetch_and_add(&s->held[dir], t->len);
	t->off += t->len;
	if (s->held[dir] >= HELD_BYTES || t->at - s->held_at > HELD_NS)
		tell_held(t, s);
}

/*
 * What a call moved. Returns 0, or 1 when there is no such stream (any more), and nothing was done: then the family opens
 * it anew.
 */
__noinline int stream_send(struct transfer *t)
{
	struct stream *s;
	u64 id;
	u32 dir;

	if (!t)
		return 0;
	id = t->stream;
	s = bpf_map_lookup_elem(&streams, &id);
	if (!s)
		return 1;
	dir = t->dir & 1;
	t->have = limit_of(t);
	t->from = t->buffer;
	t->left = t->len;
	t->off = __sync_fetch_and_add(&s->bytes[dir], t->len);
	if (!announce(s, t->signal)) {
		account_unread(t->a.cg, t->signal, t->at);
		return 0;
	}
	if (!t->have && !t->cut) {
		hold(t, s);
		return 0;
	}
	tell_held(t, s);
#ifdef AI_SPM_VECTOR_BPF_H
	if (t->vector)
		return vector_send(t);
#endif
	return part_send(t);
}

#endif

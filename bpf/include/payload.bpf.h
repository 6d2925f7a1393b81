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

#include "stream.bpf.h"

#define CHUNK_MAX 16384
#define CHUNKS_MAX 64
#define VECTOR_MAX 64
#define ALL 0xffffffffU /* transfer.limit: no bound of the family's */

/* Above these fills of the ring (of 8 parts), so many bytes of a call: its head, where requests name what they want. */
#define PRESSED 4
#define PRESSED_MAX 2048
#define NEARLY_FULL 7
#define NEARLY_FULL_MAX 512

/* A stream whose bytes nobody wants tells their number this often. */
#define HELD_BYTES (1 << 20)
#define HELD_NS 1000000000ULL

/* One call that moved bytes, after it did. The family sets all up to `dir`. */
struct transfer {
	struct actor a;
	u64 stream;
	u64 at; /* ns, CLOCK_BOOTTIME */
	u64 buffer; /* user address of the bytes; 0: they cannot be read, and only their number is told */
	u64 len; /* bytes that the call moved */
	u32 vector; /* 0, or `buffer` points to so many struct iovec */
	u32 limit; /* bytes that the family wants of it at most, or ALL */
	u16 signal;
	u16 dir;
	/* Set here: less than wanted is captured; and how far it has been sent. */
	u32 cut;
	u64 from, off, left, have;
};

struct iovec {
	u64 base, len;
};

static __always_inline void head_of(struct payload_event *p, const struct transfer *t, u64 len, u32 have)
{
	fill(&p->h, EV_PAYLOAD, &t->a, t->at);
	p->h.len = sizeof(*p) + have;
	if (t->cut && have < len)
		p->h.flags = EVF_TRUNCATED;
	p->stream = t->stream;
	p->off = t->off;
	p->len = len;
	p->have = have;
	p->dir = t->dir;
	p->unused = 0;
}

/* Constant sizes, as reserving demands. `n` is in bounds anyway; the verifier has forgotten it. */
#define TIER(size)                                                                     \
	do {                                                                           \
		u32 n = have;                                                          \
		asm volatile("" : "+r"(n));                                            \
		if (n > (size))                                                        \
			n = (size);                                                    \
		p = bpf_ringbuf_reserve(&payloads, sizeof(*p) + (size), 0);            \
		if (p && n && bpf_probe_read_user(p + 1, n, (const void *)buffer)) {   \
			bpf_ringbuf_discard(p, BPF_RB_NO_WAKEUP);                      \
			p = NULL;                                                      \
		}                                                                      \
	} while (0)

/* One record: stands for `len` bytes from t->off on, and holds `have` of them. Global: verified once. */
__noinline int chunk_send(const struct transfer *t, u64 buffer, u64 len, u32 have)
{
	struct payload_event *p;

	if (!t)
		return 0;
	if (have <= 256)
		TIER(256);
	else if (have <= 512)
		TIER(512);
	else if (have <= 2048)
		TIER(2048);
	else if (have <= 8192)
		TIER(8192);
	else
		TIER(CHUNK_MAX);
	if (!p) {
		account_unread(t->a.cg, t->signal, t->at);
		return 0;
	}
	head_of(p, t, len, have);
	account(&p->h, t->signal, true);
	bpf_ringbuf_submit(p, wake_flags());
	return 0;
}

/*
 * The next chunk of the `n` bytes at t->from; the last record stands for what is not captured, too. True when it was
 * the last. Loops keep what they count in `t`, which the verifier cannot see through: its states do not multiply.
 */
__noinline int chunk_next(struct transfer *t)
{
	u64 n;
	bool last;

	if (!t)
		return 1;
	n = t->have > CHUNK_MAX ? CHUNK_MAX : t->have;
	last = n == t->have;
	chunk_send(t, t->from, last ? t->left : n, n);
	t->from += n;
	t->off += last ? t->left : n;
	t->left -= last ? t->left : n;
	t->have -= n;
	return last;
}

/* Sends t->left bytes at t->from, of which the first t->have are captured. */
__noinline int part_send(struct transfer *t)
{
	for (int i = 0; i < CHUNKS_MAX; i++)
		if (!t || chunk_next(t))
			break;
	return 0;
}

/* The next of the call's vectors. True when it was the last. */
__noinline int vector_next(struct transfer *t, u64 at)
{
	u64 left, have, n, part;
	struct iovec v;

	if (!t)
		return 1;
	left = t->left;
	have = t->have;
	if (bpf_probe_read_user(&v, sizeof(v), (const void *)at)) {
		t->cut = 1;
		t->have = 0;
		part_send(t);
		return 1;
	}
	n = v.len < left ? v.len : left;
	part = n < have ? n : have;
	if (!n)
		return 0;
	t->from = v.base;
	t->have = part;
	if (n == left || part == have)
		return part_send(t), 1;
	t->left = n;
	part_send(t);
	t->left = left - n;
	t->have = have - part;
	return 0;
}

__noinline int vector_send(struct transfer *t)
{
	u64 at;

	if (!t)
		return 0;
	at = t->buffer;
	for (u32 i = 0; i < VECTOR_MAX && i < t->vector; i++, at += sizeof(struct iovec))
		if (vector_next(t, at))
			return 0;
	t->cut = 1;
	t->have = 0;
	return part_send(t);
}

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
	return t->vector ? vector_send(t) : part_send(t);
}

#endif

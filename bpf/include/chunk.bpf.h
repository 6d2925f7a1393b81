/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* From a user's buffer to the ring: records of at most 16 KiB each. */
#ifndef AI_SPM_CHUNK_BPF_H
#define AI_SPM_CHUNK_BPF_H

#include "stream.bpf.h"

#define CHUNK_MAX 16384
#define CHUNKS_MAX 64 /* of one call: 1 MiB */
#define ALL 0xffffffffU /* transfer.limit: no bound of the family's */

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

/*
 * Constant sizes, as reserving demands. `n` is in bounds anyway; the verifier has forgotten it. Straight to its end: that
 * of 6.1 takes a record that is tested for NULL twice for one that was never given back.
 */
#define TIER(size)                                                                   \
	do {                                                                         \
		u32 n = have;                                                        \
		asm volatile("" : "+r"(n));                                          \
		if (n > (size))                                                      \
			n = (size);                                                  \
		p = bpf_ringbuf_reserve(&payloads, sizeof(*p) + (size), 0);          \
		if (!p)                                                              \
			goto lost;                                                   \
		if (n && bpf_probe_read_user(p + 1, n, (const void *)buffer)) {      \
			bpf_ringbuf_discard(p, BPF_RB_NO_WAKEUP);                    \
			goto lost;                                                   \
		}                                                                    \
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
	head_of(p, t, len, have);
	account(&p->h, t->signal, true);
	bpf_ringbuf_submit(p, wake_flags());
	return 0;
lost:
	account_unread(t->a.cg, t->signal, t->at);
	return 0;
}

/*
 * The next chunk of the bytes at t->from; the last record stands for what is not captured, too. True when it was
 * the last. Loops keep what they count in `t`, which the verifier cannot see through: its states do not multiply.
 */
static __always_inline bool chunk_next(struct transfer *t)
{
	bool last;
	u64 n;

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
	if (!t)
		return 0;
	for (int i = 0; i < CHUNKS_MAX; i++)
		if (chunk_next(t))
			break;
	return 0;
}

#endif

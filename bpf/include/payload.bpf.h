/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Streams, and the bytes that calls move on them. A family fills a `struct stream` and opens it once, then hands over
 * each call as a `struct transfer`; the stream's record goes out before its first bytes. Both travel in a ring of their
 * own, so that a burst costs no other record.
 *
 * Offsets count what was moved, delivered or not: user space sees a loss as a jump. What is captured of a call is
 * bounded by the family, by user space for a stream (the command stream-mode), by --max-payload, and by the ring's
 * fill, in this order of patience; what was moved and not captured is told by its length.
 */
#ifndef AI_SPM_PAYLOAD_BPF_H
#define AI_SPM_PAYLOAD_BPF_H

#include "common.bpf.h"

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

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} payloads SEC(".maps");

/* By stream id. One that was forgotten, since others came, is opened again by its family under another id. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, struct stream);
} streams SEC(".maps");

/* What user space wants of a call of this stream, bytes. No entry: all. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, u32);
} stream_limits SEC(".maps");

/* One call that moved bytes, after it did. All fields are the family's to set, but `cut`. */
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
	u32 cut; /* less than wanted is captured */
};

struct iovec {
	u64 base, len;
};

static __always_inline u64 wake_flags(void)
{
	u64 waiting = bpf_ringbuf_query(&payloads, BPF_RB_AVAIL_DATA);

	return waiting >= cfg.payload_ring / 16 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

/* Begins a stream that `key` stands for inside this family; the family sets what else it knows, then opens it. */
static __always_inline void stream_fill(struct stream *s, const struct actor *a, u8 via, u64 key, u64 at)
{
	__builtin_memset(s, 0, sizeof(*s));
	fill(&s->opened.h, EV_STREAM, a, at);
	s->opened.h.len = sizeof(s->opened);
	s->opened.via = via;
	s->opened.fd = -1;
	s->opened.stream = mix(mix(cfg.seed, key), at) | 1;
}

/* Returns the id. */
static __always_inline u64 stream_open(const struct stream *s)
{
	u64 id = s->opened.stream;

	bpf_map_update_elem(&streams, &id, s, BPF_ANY);
	return id;
}

/* False when the record found no room: the next call tries again. */
static __always_inline bool announce(struct stream *s, u32 signal)
{
	struct stream_event *e;

	if (s->announced || __sync_val_compare_and_swap(&s->announced, 0, 1) != 0)
		return true;
	e = bpf_ringbuf_reserve(&payloads, sizeof(*e), 0);
	account(&s->opened.h, signal, e);
	if (!e) {
		s->announced = 0;
		return false;
	}
	*e = s->opened;
	bpf_ringbuf_submit(e, wake_flags());
	return true;
}

static __always_inline void head_of(struct payload_event *p, const struct transfer *t, u64 off, u64 len, u32 have)
{
	fill(&p->h, EV_PAYLOAD, &t->a, t->at);
	p->h.len = sizeof(*p) + have;
	if (t->cut && have < len)
		p->h.flags = EVF_TRUNCATED;
	p->stream = t->stream;
	p->off = off;
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

/* One record, that stands for `len` bytes and holds the first `have` of them. Global: verified once. */
__noinline int chunk_send(const struct transfer *t, u64 buffer, u64 off, u64 len, u32 have)
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
	head_of(p, t, off, len, have);
	account(&p->h, t->signal, true);
	bpf_ringbuf_submit(p, wake_flags());
	return 0;
}

/* The last record stands for what is not captured, too. */
__noinline int part_send(const struct transfer *t, u64 buffer, u64 off, u64 len, u64 have)
{
	if (!t)
		return 0;
	for (int i = 0; i < CHUNKS_MAX; i++) {
		u64 n = have > CHUNK_MAX ? CHUNK_MAX : have;
		bool last = n == have;

		chunk_send(t, buffer, off, last ? len : n, n);
		if (last)
			break;
		buffer += n;
		off += n;
		len -= n;
		have -= n;
	}
	return 0;
}

__noinline int vector_send(struct transfer *t, u64 off, u64 have)
{
	u64 left, at;

	if (!t)
		return 0;
	left = t->len;
	at = t->buffer;
	for (u32 i = 0; i < VECTOR_MAX && i < t->vector; i++, at += sizeof(struct iovec)) {
		struct iovec v;
		u64 n, part;
		bool last;

		if (bpf_probe_read_user(&v, sizeof(v), (const void *)at))
			break;
		n = v.len < left ? v.len : left;
		part = n < have ? n : have;
		last = n == left || part == have;
		if (!n)
			continue;
		part_send(t, v.base, off, last ? left : n, part);
		if (last)
			return 0;
		off += n;
		left -= n;
		have -= part;
	}
	t->cut = 1;
	return part_send(t, 0, off, left, 0);
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

/* Tells the bytes that were held back before `off`. */
static __always_inline void tell_held(struct transfer *t, struct stream *s, u64 off)
{
	u32 dir = t->dir & 1;
	u64 n = s->held[dir];

	if (!n)
		return;
	__sync_fetch_and_sub(&s->held[dir], n);
	s->held_at = t->at;
	chunk_send(t, 0, off - n, n, 0);
}

/* Of a stream that user space has seen enough of: now and then the number of its bytes. */
static __always_inline void hold(struct transfer *t, struct stream *s, u64 off)
{
	u32 dir = t->dir & 1;

	__sync_fetch_and_add(&s->held[dir], t->len);
	if (s->held[dir] >= HELD_BYTES || t->at - s->held_at > HELD_NS)
		tell_held(t, s, off + t->len);
}

/*
 * What a call moved. Returns 0, or 1 when there is no such stream (any more), and nothing was done: then the family opens
 * it anew. A global function: memory of `t` must be the caller's own stack.
 */
__noinline int stream_send(struct transfer *t)
{
	struct stream *s;
	u64 id, off, have;
	u32 dir;

	if (!t)
		return 0;
	id = t->stream;
	s = bpf_map_lookup_elem(&streams, &id);
	if (!s)
		return 1;
	dir = t->dir & 1;
	have = limit_of(t);
	off = __sync_fetch_and_add(&s->bytes[dir], t->len);
	if (!announce(s, t->signal)) {
		account_unread(t->a.cg, t->signal, t->at);
		return 0;
	}
	if (!have && !t->cut) {
		hold(t, s, off);
		return 0;
	}
	tell_held(t, s, off);
	if (t->vector)
		vector_send(t, off, have);
	else
		part_send(t, t->buffer, off, t->len, have);
	return 0;
}

/* Says that no more comes, how much came, and forgets it. Nothing where nobody has heard of the stream. */
__noinline int stream_end(u64 id, u32 signal)
{
	struct stream *s = bpf_map_lookup_elem(&streams, &id);
	struct stream_end_event *e;

	if (!s)
		return 0;
	if (s->announced) {
		u64 at = bpf_ktime_get_boot_ns();

		e = bpf_ringbuf_reserve(&payloads, sizeof(*e), 0);
		if (e) {
			e->h = s->opened.h;
			e->h.type = EV_STREAM_END;
			e->h.len = sizeof(*e);
			e->h.at = at;
			e->stream = id;
			e->bytes[DIR_IN] = s->bytes[DIR_IN];
			e->bytes[DIR_OUT] = s->bytes[DIR_OUT];
			account(&e->h, signal, true);
			bpf_ringbuf_submit(e, wake_flags());
		} else {
			account_unread(s->opened.h.cg, signal, at);
		}
	}
	bpf_map_delete_elem(&streams, &id);
	bpf_map_delete_elem(&stream_limits, &id);
	return 0;
}

#endif

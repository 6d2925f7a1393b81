/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Streams: what bytes belong together, whose they are, and how many there were. A family fills a `struct stream` and
 * opens it once; its record goes out before its first bytes (payload.bpf.h), both in a ring of their own, so that a
 * burst costs no other record.
 */
#ifndef AI_SPM_STREAM_BPF_H
#define AI_SPM_STREAM_BPF_H

#include "common.bpf.h"

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

/* Where the ring stood when its reader was last woken by this family. */
__u64 woken_at;

/*
 * Once for each part of the ring: a wake-up costs more than all else here together, and a reader that lags is awake. One
 * that has read all and sleeps has the last wake-up behind it, so that the next part wakes it.
 */
static __always_inline u64 wake_flags(void)
{
	u64 waiting = bpf_ringbuf_query(&payloads, BPF_RB_AVAIL_DATA), part = cfg.payload_ring / 16;
	u64 at;

	if (waiting < part)
		return BPF_RB_NO_WAKEUP;
	at = bpf_ringbuf_query(&payloads, BPF_RB_PROD_POS);
	if (at - woken_at < part)
		return BPF_RB_NO_WAKEUP;
	woken_at = at;
	return BPF_RB_FORCE_WAKEUP;
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
	if (!e) {
		account(&s->opened.h, signal, false);
		s->announced = 0;
		return false;
	}
	*e = s->opened;
	account(&s->opened.h, signal, true);
	bpf_ringbuf_submit(e, wake_flags());
	return true;
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

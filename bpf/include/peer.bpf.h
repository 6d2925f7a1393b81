/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Peers, and the counting of what went there. */
#ifndef AI_SPM_PEER_BPF_H
#define AI_SPM_PEER_BPF_H

#include "address.bpf.h"
#include "path.bpf.h"
#include "subject.bpf.h"

/* One use: a connect, or one datagram. */
struct use {
	u64 now, tx;
	int err; /* positive errno */
	struct seq_file *seq; /* of the iterator that found it */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct connect_event);
} scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct connect_event);
} iter_scratch SEC(".maps");

/* Counts one use of the peer; returns the subject's id, 0 when no map has room. */
static __noinline u64 use_peer(struct actor *a, const struct peer *p, const struct use *u)
{
	u64 what = mix(mix(mix(0, p->hi), p->lo), (u64)p->port << 16 | p->proto), id, now = u->now;
	struct subject *sub = subject_of(a, what, &id, SIG_NETWORK, now);
	struct connect_event *ev;
	u32 zero = 0;

	/* Not on the stack, of which older kernels allow 512 bytes over all calls; iterators have one of their own. */
	ev = u->seq ? bpf_map_lookup_elem(&iter_scratch, &zero) : bpf_map_lookup_elem(&scratch, &zero);
	if (!sub || !ev)
		return 0;
	if (claim(sub)) {
		ev->id = id;
		ev->port = p->port;
		ev->proto = p->proto;
		fill(&ev->h, EV_CONNECT, a, now);
		ev->h.flags = u->seq ? EVF_EXISTING : 0;
		ev->h.errnum = u->err;
		__builtin_memcpy(ev->addr, p, 16);
		if (!send(u->seq, &ev->h, sizeof(*ev), SIG_NETWORK)) {
			unclaim(sub);
			if (u->seq)
				return id; /* called again */
		}
	}
	add(&sub->count, 1);
	if (u->tx)
		add(&sub->tx, u->tx);
	if (u->err)
		add(&sub->errors, 1);
	sub->last = now;
	return id;
}

#endif

/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Peers: where a socket or an address argument points to, and the counting of what went there. */
#ifndef AI_SPM_PEER_BPF_H
#define AI_SPM_PEER_BPF_H

#include "path.bpf.h"
#include "subject.bpf.h"

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17

struct peer {
	u64 hi, lo; /* the address, IPv4 as ::ffff:a.b.c.d */
	u16 port; /* host order */
	u16 proto;
	u32 unused;
};

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

static __always_inline void set_v4(struct peer *p, u32 addr)
{
	p->hi = 0;
	p->lo = (u64)addr << 32 | 0xffff0000ULL; /* bytes 00 00 ff ff a b c d */
}

static __always_inline u16 host_port(u16 port)
{
	return __builtin_bswap16(port);
}

/* Of a socket that has a remote end. */
static __always_inline bool peer_of_sock(struct peer *p, struct sock *sk)
{
	u16 family = sk->__sk_common.skc_family;

	p->proto = sk->sk_protocol;
	p->port = host_port(sk->__sk_common.skc_dport);
	p->unused = 0;
	if (family == AF_INET)
		set_v4(p, sk->__sk_common.skc_daddr);
	else if (family == AF_INET6)
		bpf_probe_read_kernel(p, 16, &sk->__sk_common.skc_v6_daddr);
	else
		return false;
	return true;
}

/* Of a struct sockaddr of the program's. */
static __always_inline bool peer_of_user(struct peer *p, u16 proto, const void *name)
{
	struct {
		u16 family, port;
		u32 addr_or_flow;
		u64 addr[2];
	} sa;

	p->proto = proto;
	p->unused = 0;
	if (bpf_probe_read_user(&sa, 16, name))
		return false;
	p->port = host_port(sa.port);
	if (sa.family == AF_INET)
		set_v4(p, sa.addr_or_flow);
	else if (sa.family == AF_INET6)
		return !bpf_probe_read_user(p, 16, name + 8);
	else
		return false;
	return true;
}

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
	add(&sub->tx, u->tx);
	if (u->err)
		add(&sub->errors, 1);
	sub->last = now;
	return id;
}

#endif

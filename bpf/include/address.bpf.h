/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Where a socket or an address argument points to. */
#ifndef AI_SPM_ADDRESS_BPF_H
#define AI_SPM_ADDRESS_BPF_H

#include "core.h"

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

#endif

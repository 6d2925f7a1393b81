/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Sockets, what each carries as far as is known, and the stream of one that carries what is captured. */
#ifndef AI_SPM_TALK_BPF_H
#define AI_SPM_TALK_BPF_H

#include "protocol.bpf.h"
#include "socket.bpf.h"

#define TRIES 4 /* calls of a direction that are looked at: a connection older than us may be inside a body */
#define GIVEN_OUT 32768 /* first of ip_local_port_range as it comes */

enum talk_state { TALK_OPEN, TALK_ON, TALK_OFF };

struct talk {
	u64 ino;
	u64 stream;
	u8 state;
	u8 role;
	u8 tries[2]; /* by direction */
	u32 ended; /* the connection is, and bytes may still be read */
};

/* By the socket's address. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, u64);
	__type(value, struct talk);
} talks SEC(".maps");

static __always_inline struct talk *talk_of(const struct via_socket *s)
{
	struct talk *known = bpf_map_lookup_elem(&talks, &s->sk);

	return known && known->ino == s->ino ? known : NULL;
}

static __always_inline struct talk *talk_new(const struct via_socket *s)
{
	struct talk fresh = { .ino = s->ino };

	bpf_map_update_elem(&talks, &s->sk, &fresh, BPF_ANY);
	return bpf_map_lookup_elem(&talks, &s->sk);
}

static __always_inline u8 role_of(enum verdict v, u16 dir)
{
	if (v != V_REQUEST && v != V_RESPONSE && v != V_HELLO)
		return ROLE_UNKNOWN;
	return (dir == DIR_OUT) == (v != V_RESPONSE) ? ROLE_CLIENT : ROLE_SERVER;
}

/* Where the bytes do not tell: a port of those that are given out for connections, and one of those that are not. */
static __always_inline u8 role_by_ports(const struct via_socket *s)
{
	struct sock *sk = (struct sock *)s->sk;
	u16 own = BPF_CORE_READ(sk, __sk_common.skc_num);

	if (!is_tcp(s) || (own < GIVEN_OUT) == (s->port < GIVEN_OUT))
		return ROLE_UNKNOWN;
	return own < GIVEN_OUT ? ROLE_SERVER : ROLE_CLIENT;
}

static __noinline u64 open_talk(const struct via_socket *s, const struct transfer *t, u32 role, int fd)
{
	struct stream stream;
	struct peer p;

	stream_fill(&stream, &t->a, VIA_SOCKET, s->ino, t->at);
	stream.opened.role = role ? role : role_by_ports(s);
	stream.opened.ino = s->ino;
	stream.opened.fd = fd;
	if (address_of(&p, s))
		set_address(&stream, &p);
	else
		stream.opened.peer_ino = other_end(s->sk);
	return stream_open(&stream);
}

#endif

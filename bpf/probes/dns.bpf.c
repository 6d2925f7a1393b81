// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Names: what is asked of port 53, by UDP and TCP, and what it answers. At the calls of the program that asks, so that
 * both are its own. What a name server itself is asked comes in at its port, and is not looked at.
 */
#include "../include/batch.bpf.h"
#include "../include/socket.bpf.h"

#define DNS_PORT 53
#define MESSAGE_MAX 4096

/* Who was asked by this socket last. One without connect() may ask several at once; each is a stream. */
struct asked {
	u64 ino;
	u64 stream;
	struct peer peer;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, struct asked);
} resolvers SEC(".maps");

/* The peer that the call itself names; 0 where it names none. */
static __always_inline u64 name_of(struct pt_regs *regs, u64 message)
{
	long nr = EXIT_NR(regs);
	struct msghdr m;

	if (nr == NR_SENDTO)
		return EXIT_ARG4(regs);
	if (!message || bpf_probe_read_user(&m, sizeof(m), (const void *)message))
		return 0;
	return m.name;
}

static __always_inline void find_message(struct transfer *t, struct task_struct *task, struct pt_regs *regs,
					 u64 message)
{
	struct msghdr m;

	t->limit = MESSAGE_MAX;
	find_bytes(t, task, regs);
	if (!is_batch(EXIT_NR(regs)) || compat_call(task) ||
	    bpf_probe_read_user(&m, sizeof(m), (const void *)message))
		return;
	t->buffer = m.vector;
	t->vector = m.count;
}

static __noinline u64 open_resolver(const struct via_socket *s, const struct transfer *t, const struct peer *p)
{
	struct stream stream;

	stream_fill(&stream, &t->a, VIA_DNS, mix(mix(s->ino, p->lo), p->hi), t->at);
	stream.opened.role = ROLE_CLIENT;
	set_address(&stream, p);
	return stream_open(&stream);
}

static __always_inline bool same_peer(const struct peer *a, const struct peer *b)
{
	return a->lo == b->lo && a->hi == b->hi && a->port == b->port;
}

/* Sends it on the stream of this socket and peer; opens that if need be. */
__noinline int send_to(const struct via_socket *s, struct transfer *t, const struct peer *p)
{
	struct asked *known, now;
	u64 key;

	if (!s || !t || !p)
		return 0;
	key = s->sk;
	known = bpf_map_lookup_elem(&resolvers, &key);
	now.ino = s->ino;
	now.peer = *p;
	t->stream = known ? known->stream : 0;
	if (known && known->ino == s->ino && same_peer(p, &known->peer) && !stream_send(t))
		return 0;
	now.stream = t->stream = open_resolver(s, t, p);
	bpf_map_update_elem(&resolvers, &key, &now, BPF_ANY);
	stream_send(t);
	return 0;
}

static __always_inline bool begin(struct task_struct *task, struct transfer *t)
{
	t->a = actor_of(task);
	if (!in_scope(task, &t->a))
		return false;
	t->at = bpf_ktime_get_boot_ns();
	t->signal = SIG_DNS;
	return true;
}

static __always_inline int on_sent(struct task_struct *task, struct pt_regs *regs, const struct via_socket *s,
				   struct transfer *t, u64 message)
{
	u64 name = s->proto == IPPROTO_UDP ? name_of(regs, message) : 0;
	struct peer p;

	if (name ? !peer_of_user(&p, IPPROTO_UDP, (const void *)name) : !address_of(&p, s))
		return 0;
	if (p.port != DNS_PORT)
		return 0;
	find_message(t, task, regs, message);
	return begin(task, t) ? send_to(s, t, &p) : 0;
}

static __always_inline int on_received(struct task_struct *task, struct pt_regs *regs, const struct via_socket *s,
				       struct transfer *t, u64 message)
{
	struct asked *known;
	struct peer p;
	u64 key;

	if (!address_of(&p, s)) {
		key = s->sk;
		known = bpf_map_lookup_elem(&resolvers, &key);
		if (!known || known->ino != s->ino)
			return 0;
		p = known->peer; /* whom it asked last; the kernel has not told yet who answers */
	}
	find_message(t, task, regs, message);
	return begin(task, t) ? send_to(s, t, &p) : 0;
}

/* Of the call that the task is in. Global: verified once, not once for each message of a vector. */
__noinline int on_call(const struct via_socket *s, u64 message, u32 len, u32 dir)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = registers_of(task);
	struct transfer t = { .len = len, .dir = dir };

	if (!s)
		return 0;
	return dir == DIR_OUT ? on_sent(task, regs, s, &t, message) : on_received(task, regs, s, &t, message);
}

/* A socket that may ask: connected to the port, or not connected at all. */
static __always_inline bool may_ask(const struct via_socket *s)
{
	if (is_tcp(s))
		return s->port == DNS_PORT;
	return (s->family == AF_INET || s->family == AF_INET6) && s->proto == IPPROTO_UDP &&
	       (!s->port || s->port == DNS_PORT);
}

static __always_inline int on_socket(struct sock *sk, int ret, u16 dir)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs;
	struct via_socket s;
	u64 message = 0;

	look_at(&s, sk);
	if (!s.ino || !may_ask(&s))
		return 0;
	regs = registers_of(task);
	if (is_batch(EXIT_NR(regs)))
		message = message_of(regs, ret);
	else if (EXIT_NR(regs) == NR_SENDMSG)
		message = EXIT_ARG1(regs);
	if (ret <= 0)
		return 0;
	return on_call(&s, message, ret, dir);
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(dns_sent, struct sock *sk, int ret, int flags)
{
	return on_socket(sk, ret, DIR_OUT);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(dns_received, struct sock *sk, int ret, int flags)
{
	return flags & MSG_PEEK ? 0 : on_socket(sk, ret, DIR_IN);
}

/* `ret` messages, each with its own length. */
static __always_inline int on_batch(const struct via_socket *s, u64 at, long ret, u16 dir)
{
	u32 len;

	for (int i = 0; i < BATCH_MAX && i < ret; i++, at += sizeof(struct message))
		if (!bpf_probe_read_user(&len, sizeof(len), (const void *)at + offsetof(struct message, len)) && len)
			on_call(s, at, len, dir);
	return 0;
}

static __always_inline int on_exit_of_call(struct pt_regs *regs, long ret, u16 dir)
{
	struct task_struct *task = bpf_get_current_task_btf();
	long nr = EXIT_NR(regs);
	struct via_socket s;

	if (ret <= 0 || compat_call(task) || !look_at_fd(&s, task, EXIT_ARG0(regs)) || !may_ask(&s))
		return 0;
	if (is_batch(nr))
		return on_batch(&s, EXIT_ARG1(regs), ret, dir);
	return on_call(&s, nr == NR_SENDMSG ? EXIT_ARG1(regs) : 0, ret, dir);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(dns_sent__alt, struct pt_regs *regs, long ret)
{
	long nr = EXIT_NR(regs);

	return is_send(nr) || nr == NR_SENDMMSG ? on_exit_of_call(regs, ret, DIR_OUT) : 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(dns_received__alt, struct pt_regs *regs, long ret)
{
	long nr = EXIT_NR(regs);

	if (!is_receive(nr) && nr != NR_RECVMMSG)
		return 0;
	return receive_flags(nr, regs) & MSG_PEEK ? 0 : on_exit_of_call(regs, ret, DIR_IN);
}

/* Connections end; a UDP socket does not say so. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(dns_state, struct sock *sk, int old, int new)
{
	struct asked *known;
	u64 key = (u64)sk;

	if (new != TCP_CLOSE || sk->__sk_common.skc_dport != __builtin_bswap16(DNS_PORT))
		return 0;
	known = bpf_map_lookup_elem(&resolvers, &key);
	if (!known)
		return 0;
	stream_end(known->stream, SIG_DNS);
	bpf_map_delete_elem(&resolvers, &key);
	return 0;
}

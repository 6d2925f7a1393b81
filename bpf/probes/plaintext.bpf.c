// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * What passes over sockets in the clear: HTTP, databases, JSON; and the first message of TLS, which names the server.
 * The first calls of each direction tell what a socket carries; one that carries something else costs a look-up a call
 * from then on.
 */
#include "../include/protocol.bpf.h"
#include "../include/socket.bpf.h"

#define TRIES 4 /* calls of a direction that are looked at: a connection older than us may be inside a body */
#define HELLO_MAX 2048
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

/* A socket whose first bytes could not be read stays unknown, and is counted. */
static __always_inline void count_blind(const struct transfer *t)
{
	struct cover *c = cover_of(t->a.cg, SIG_PLAINTEXT);

	if (c) {
		add(&c->collapsed, 1);
		c->last = t->at;
	}
}

static __always_inline enum verdict verdict_of(const struct via_socket *s, const struct transfer *t)
{
	u64 head[HEAD_WORDS];

	if (!read_head(head, t))
		return V_UNKNOWN;
	return is_unix_stream(s) ? http((const char *)head) : plain(head, t->len);
}

/* True when it is to be captured. */
static __always_inline bool decide(struct talk *talk, const struct via_socket *s, struct transfer *t, enum verdict v)
{
	u32 dir = t->dir & 1;

	switch (v) {
	case V_LATER:
		return false;
	case V_CIPHER:
		talk->state = TALK_OFF;
		return false;
	case V_UNKNOWN:
		if (!t->buffer) {
			count_blind(t);
			talk->tries[dir] = TRIES;
		} else {
			talk->tries[dir]++;
		}
		return false;
	default:
		talk->role = role_of(v, dir);
		talk->state = TALK_ON;
		return true;
	}
}

static __noinline int on_moved(struct task_struct *task, struct pt_regs *regs, const struct via_socket *s,
			       struct transfer *t)
{
	struct talk *talk = talk_of(s);
	int fd = EXIT_ARG0(regs);
	enum verdict v;

	if (talk && (talk->state == TALK_OFF || (talk->state == TALK_OPEN && talk->tries[t->dir & 1] >= TRIES)))
		return 0;
	t->a = actor_of(task);
	if (!in_scope(task, &t->a))
		return 0;
	t->at = bpf_ktime_get_boot_ns();
	t->signal = SIG_PLAINTEXT;
	t->limit = ALL;
	find_bytes(t, task, regs);
	if (t->buffer && !names_it(s, task, fd))
		t->buffer = 0;
	if (!talk)
		talk = talk_new(s);
	if (!talk)
		return 0;
	v = verdict_of(s, t);
	if (talk->state == TALK_OPEN && !decide(talk, s, t, v))
		return 0;
	/* Also after a while in the clear: STARTTLS of databases, CONNECT of proxies. */
	if (v == V_HELLO) {
		talk->state = TALK_OFF;
		t->limit = HELLO_MAX;
	}
	t->stream = talk->stream;
	if (!t->stream || stream_send(t)) {
		t->stream = talk->stream = open_talk(s, t, talk->role, fd);
		stream_send(t);
	}
	if (v == V_HELLO)
		stream_end(t->stream, SIG_PLAINTEXT);
	return 0;
}

static __always_inline int on_socket(struct sock *sk, int ret, u16 dir)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct transfer t = { .len = ret, .dir = dir };
	struct via_socket s;

	look_at(&s, sk);
	if (ret <= 0 || !s.ino || !(is_tcp(&s) || is_unix_stream(&s)))
		return 0;
	return on_moved(task, registers_of(task), &s, &t);
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(plaintext_sent, struct sock *sk, int ret, int flags)
{
	return on_socket(sk, ret, DIR_OUT);
}

/* The end of what can be read, of a connection that had ended before. */
static __always_inline void on_end(struct sock *sk)
{
	u64 key = (u64)sk;
	struct talk *talk = bpf_map_lookup_elem(&talks, &key);

	if (talk && talk->ended) {
		stream_end(talk->stream, SIG_PLAINTEXT);
		bpf_map_delete_elem(&talks, &key);
	}
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(plaintext_received, struct sock *sk, int ret, int flags)
{
	if (ret == 0)
		on_end(sk);
	return flags & MSG_PEEK ? 0 : on_socket(sk, ret, DIR_IN);
}

static __always_inline int on_exit_of_call(struct pt_regs *regs, long ret, u16 dir)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct transfer t = { .len = ret, .dir = dir };
	struct via_socket s;

	if (ret <= 0 || !look_at_fd(&s, task, EXIT_ARG0(regs)) || !(is_tcp(&s) || is_unix_stream(&s)))
		return 0;
	return on_moved(task, regs, &s, &t);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(plaintext_sent__alt, struct pt_regs *regs, long ret)
{
	long nr = EXIT_NR(regs);

	return is_send(nr) || nr == NR_SENDFILE ? on_exit_of_call(regs, ret, DIR_OUT) : 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(plaintext_received__alt, struct pt_regs *regs, long ret)
{
	long nr = EXIT_NR(regs);

	return is_receive(nr) && !(receive_flags(nr, regs) & MSG_PEEK) ? on_exit_of_call(regs, ret, DIR_IN) : 0;
}

/* Of a socket that nobody holds any more, nothing is; the other's end itself has a number in the sequence. */
static __always_inline bool may_be_read(struct sock *sk)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sk;

	if (!sk->sk_socket)
		return false;
	return sk->sk_protocol != IPPROTO_TCP || BPF_CORE_READ(tcp, rcv_nxt) - BPF_CORE_READ(tcp, copied_seq) > 1;
}

/* Runs as anybody. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(plaintext_state, struct sock *sk, int old, int new)
{
	struct talk *talk;
	u64 key = (u64)sk;

	if (new != TCP_CLOSE)
		return 0;
	talk = bpf_map_lookup_elem(&talks, &key);
	if (!talk)
		return 0;
	if (may_be_read(sk)) {
		talk->ended = 1;
		return 0;
	}
	stream_end(talk->stream, SIG_PLAINTEXT);
	bpf_map_delete_elem(&talks, &key);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * What passes over sockets in the clear: HTTP, databases, JSON; and the first message of TLS, which names the server.
 * The first calls of each direction tell what a socket carries; one that carries something else costs a look-up a call
 * from then on.
 */
#include "../include/talk.bpf.h"

#define HELLO_MAX 2048

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

/*
 * What the call that the task is in has moved. Global: before 6.8 (41f6f64e6999) the verifier may take for settled what a
 * caller's memory holds on one path only, and cut the other.
 */
__noinline int on_moved(const struct via_socket *at, u32 len, u32 dir)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = registers_of(task);
	struct transfer moved = { .len = len, .dir = dir & 1 }, *t = &moved;
	int fd = EXIT_ARG0(regs);
	struct via_socket here, *s = &here;
	struct talk *talk;
	enum verdict v;

	if (!at)
		return 0;
	here = *at;
	talk = talk_of(s);

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
	struct via_socket s;

	look_at(&s, sk);
	if (ret <= 0 || !s.ino || !(is_tcp(&s) || is_unix_stream(&s)))
		return 0;
	return on_moved(&s, ret, dir);
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
	struct via_socket s;

	if (ret <= 0 || !look_at_fd(&s, task, EXIT_ARG0(regs)) || !(is_tcp(&s) || is_unix_stream(&s)))
		return 0;
	return on_moved(&s, ret, dir);
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

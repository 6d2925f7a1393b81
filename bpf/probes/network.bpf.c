// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Whom processes talk to. TCP: by the step CLOSE to SYN_SENT, the only one that runs as its caller. UDP: by what is
 * sent, since connect() sends nothing (resolvers probe addresses with it). Bytes: by socket, which remembers its
 * owner. Connections that came in are not ours to report.
 */
#include "../include/call.bpf.h"

#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_CLOSE 7
#define TCP_CLOSE_WAIT 8
#define TCP_LISTEN 10
#define S_IFSOCK 0140000
#define MSG_PEEK 2
#define EAGAIN 11

/* What is known of a socket: its peer, which is a subject, and whose. */
struct conn {
	struct peer peer;
	u64 id;
	u32 pid;
	u32 unused;
};

/*
 * By cookie, which no other socket ever gets, and hardly one has that we did not give it: those that came in cost no
 * look-up. Storage of the socket's own would cost a connect three times as much, to be made and freed.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, u64);
	__type(value, struct conn);
} conns SEC(".maps");

static __always_inline struct conn *conn_of(struct sock *sk)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;

	return cookie ? bpf_map_lookup_elem(&conns, &cookie) : NULL;
}

/* (network namespace, port) that something listens on: connections of that port came in. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u8);
} listeners SEC(".maps");

static __always_inline bool is_inet(struct sock *sk)
{
	return sk->__sk_common.skc_family == AF_INET || sk->__sk_common.skc_family == AF_INET6;
}

/* Counts a use of the socket's peer by `task`, and has the socket remember both. */
static __noinline int own(struct sock *sk, struct task_struct *task, struct use *u)
{
	struct actor a = actor_of(task);
	struct conn conn = { .pid = a.pid };
	u64 cookie;

	if (!(u->seq ? in_fresh_scope(task, &a) : in_scope(task, &a)) || !peer_of_sock(&conn.peer, sk))
		return 0;
	conn.id = use_peer(&a, &conn.peer, u);
	cookie = bpf_get_socket_cookie(sk);
	bpf_map_update_elem(&conns, &cookie, &conn, BPF_ANY);
	return 0;
}

static __always_inline struct subject *subject_by_id(u64 id)
{
	struct subject *sub = bpf_map_lookup_elem(&subjects, &id);

	return sub ? sub : bpf_map_lookup_elem(&folded, &id);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(network_state, struct sock *sk, int old, int new)
{
	struct use u = {};
	struct subject *sub;
	struct conn *conn;
	u64 cookie;

	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (old == TCP_CLOSE && new == TCP_SYN_SENT) {
		struct task_struct *task = bpf_get_current_task_btf();
		u8 *dials = bpf_task_storage_get(&dialling, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

		if (dials)
			*dials = 1;
		u.now = bpf_ktime_get_boot_ns();
		own(sk, task, &u);
	} else if (old == TCP_SYN_SENT && new == TCP_CLOSE) {
		/* Refused, timed out or given up. Runs as anybody. */
		conn = conn_of(sk);
		sub = conn ? subject_by_id(conn->id) : NULL;
		if (sub) {
			add(&sub->errors, 1);
			sub->last = bpf_ktime_get_boot_ns();
		}
		/* Nothing more passes through it: what it took is warm for the next one. */
		cookie = sk->__sk_common.skc_cookie.counter;
		if (conn)
			bpf_map_delete_elem(&conns, &cookie);
	}
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(network_call, struct pt_regs *regs, long ret)
{
	int fd = (int)EXIT_ARG0(regs);
	struct task_struct *task;
	long nr = EXIT_NR(regs);

	if (nr != NR_CONNECT && nr != NR_SENDTO && nr != NR_SENDMSG && nr != NR_SENDMMSG)
		return 0;
	task = bpf_get_current_task_btf();
	if (compat_call(task))
		return 0;
	if (nr == NR_CONNECT)
		return on_connect(task, fd, EXIT_ARG1(regs), ret);
	if (nr == NR_SENDTO)
		return datagram(fd, EXIT_ARG4(regs), ret);
	if (nr == NR_SENDMSG)
		return on_message(fd, EXIT_ARG1(regs), ret);
	return on_messages(fd, EXIT_ARG1(regs), ret);
}

/* Datagrams of a connected socket: is the memory of its owner and peer still true? */
static __always_inline bool same_use(const struct conn *conn, struct sock *sk, u32 tgid)
{
	struct peer p = {};

	return peer_of_sock(&p, sk) && conn->pid == tgid && p.port == conn->peer.port && p.lo == conn->peer.lo &&
	       p.hi == conn->peer.hi;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(network_sent, struct sock *sk, int ret, int flags)
{
	struct use u = { .tx = ret > 0 ? ret : 0, .err = ret < 0 ? -ret : 0 };
	struct task_struct *task = bpf_get_current_task_btf();
	struct subject *sub;
	struct conn *conn;
	bool udp;

	if (!is_inet(sk) || ret == -EAGAIN)
		return 0;
	udp = sk->sk_protocol == IPPROTO_UDP;
	conn = conn_of(sk);
	if (udp && !sk->__sk_common.skc_dport)
		return 0; /* its address is the call's: see network_call */
	if (!conn && !udp)
		return 0;
	sub = conn ? subject_by_id(conn->id) : NULL;
	u.now = bpf_ktime_get_boot_ns();
	if (!sub || (udp && !same_use(conn, sk, task->tgid)))
		return own(sk, task, &u);
	if (udp)
		add(&sub->count, 1);
	if (udp && u.err)
		add(&sub->errors, 1);
	add(&sub->tx, u.tx);
	sub->last = u.now;
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(network_received, struct sock *sk, int ret, int flags)
{
	struct subject *sub;
	struct conn *conn;

	if (ret <= 0 || flags & MSG_PEEK || !is_inet(sk))
		return 0;
	conn = conn_of(sk);
	sub = conn ? subject_by_id(conn->id) : NULL;
	if (sub) {
		add(&sub->rx, ret);
		sub->last = bpf_ktime_get_boot_ns();
	}
	return 0;
}

static __always_inline int existing(struct bpf_iter__task_file *ctx, bool listening)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct use u = { .now = bpf_ktime_get_boot_ns() };
	struct socket *socket;
	struct sock *sk;
	u8 state, yes = 1;
	u64 port;

	if (!task || !file || !file->f_inode || (file->f_inode->i_mode & 0170000) != S_IFSOCK)
		return 0;
	socket = bpf_sock_from_file(file);
	sk = socket ? socket->sk : NULL;
	if (!sk || !is_inet(sk))
		return 0;
	state = sk->__sk_common.skc_state;
	port = (u64)sk->__sk_common.skc_net.net->ns.inum << 16 | sk->__sk_common.skc_num;
	if (listening) {
		if (sk->sk_protocol == IPPROTO_TCP && state == TCP_LISTEN)
			bpf_map_update_elem(&listeners, &port, &yes, BPF_ANY);
		return 0;
	}
	if ((state != TCP_ESTABLISHED && state != TCP_CLOSE_WAIT) || !sk->__sk_common.skc_dport)
		return 0;
	if (sk->sk_protocol != IPPROTO_UDP &&
	    (sk->sk_protocol != IPPROTO_TCP || bpf_map_lookup_elem(&listeners, &port)))
		return 0;
	u.seq = ctx->meta->seq;
	return own(sk, task, &u);
}

/* Two passes, in this order: who listens, then who is connected. By descriptor, because that names the process. */
SEC("iter/task_file")
int network_listening(struct bpf_iter__task_file *ctx)
{
	return existing(ctx, true);
}

SEC("iter/task_file")
int network_existing(struct bpf_iter__task_file *ctx)
{
	return existing(ctx, false);
}

/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Calls on sockets that moved bytes. Where the kernel tells them itself (sock_send_length, sock_recv_length: 6.3), no
 * other call is touched, and the socket of each is known; before that, they are found at the exits of system calls.
 */
#ifndef AI_SPM_SOCKET_BPF_H
#define AI_SPM_SOCKET_BPF_H

#include "address.bpf.h"
#include "io.bpf.h"
#include "path.bpf.h"

#define AF_UNIX 1
#define SOCK_STREAM 1
#define IPPROTO_MPTCP 262
#define MSG_PEEK 2
#define TCP_CLOSE 7

struct unix_sock {
	struct sock sk;
	struct sock *peer;
} __attribute__((preserve_access_index));
struct tcp_sock {
	u32 rcv_nxt, copied_seq;
} __attribute__((preserve_access_index));

/* The socket of one call. */
struct via_socket {
	u64 sk; /* its address */
	u64 ino; /* of the socket: an address is used again, an inode number hardly ever */
	u16 family, type, proto;
	u16 port; /* of the connected peer */
};

static __always_inline void look_at(struct via_socket *s, struct sock *sk)
{
	s->sk = (u64)sk;
	s->family = sk->__sk_common.skc_family;
	s->type = sk->sk_type;
	s->proto = sk->sk_protocol;
	s->port = host_port(sk->__sk_common.skc_dport);
	s->ino = sk->sk_socket->file->f_inode->i_ino; /* 0: the kernel's own */
}

static __always_inline bool is_tcp(const struct via_socket *s)
{
	return (s->family == AF_INET || s->family == AF_INET6) && s->type == SOCK_STREAM &&
	       (s->proto == IPPROTO_TCP || s->proto == IPPROTO_MPTCP);
}

static __always_inline bool is_unix_stream(const struct via_socket *s)
{
	return s->family == AF_UNIX && s->type == SOCK_STREAM;
}

/* False when the descriptor is no socket. */
static __always_inline bool look_at_fd(struct via_socket *s, struct task_struct *task, int fd)
{
	struct file *file = own_file(task, fd);
	struct socket *socket;
	struct sock *sk;

	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return false;
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	s->sk = (u64)sk;
	s->ino = BPF_CORE_READ(file, f_inode, i_ino);
	s->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	s->type = BPF_CORE_READ(sk, sk_type);
	s->proto = BPF_CORE_READ(sk, sk_protocol);
	s->port = host_port(BPF_CORE_READ(sk, __sk_common.skc_dport));
	return true;
}

/* Does the call that the task is in go to this socket? The kernel may use one of its own meanwhile. */
static __always_inline bool names_it(const struct via_socket *s, struct task_struct *task, int fd)
{
	return BPF_CORE_READ(own_file(task, fd), f_inode, i_ino) == s->ino;
}

/* The address of the connected peer. False where there is none. */
static __always_inline bool address_of(struct peer *p, const struct via_socket *s)
{
	struct sock *sk = (struct sock *)s->sk;

	p->hi = p->lo = 0;
	p->port = s->port;
	p->proto = s->proto == IPPROTO_UDP ? IPPROTO_UDP : IPPROTO_TCP;
	p->unused = 0;
	if (s->family == AF_INET)
		set_v4(p, BPF_CORE_READ(sk, __sk_common.skc_daddr));
	else if (s->family == AF_INET6)
		bpf_core_read(p, 16, &sk->__sk_common.skc_v6_daddr);
	else
		return false;
	return s->port;
}

static __always_inline void set_address(struct stream *s, const struct peer *p)
{
	__builtin_memcpy(s->opened.addr, p, 16);
	s->opened.port = p->port;
	s->opened.proto = p->proto;
}

/* Inode of the other end of a pair. */
static __always_inline u64 other_end(u64 sk)
{
	struct unix_sock *end = (struct unix_sock *)sk;
	struct sock *peer = BPF_CORE_READ(end, peer);

	return BPF_CORE_READ(peer, sk_socket, file, f_inode, i_ino);
}

static __always_inline struct pt_regs *registers_of(struct task_struct *task)
{
	return (struct pt_regs *)bpf_task_pt_regs(task);
}

/* At the exit of a system call: does it read or write, and what are its flags? */
static __always_inline bool is_send(long nr)
{
	return nr == NR_WRITE || nr == NR_WRITEV || nr == NR_SENDTO || nr == NR_SENDMSG || nr == NR_PWRITEV2;
}

static __always_inline bool is_receive(long nr)
{
	return nr == NR_READ || nr == NR_READV || nr == NR_RECVFROM || nr == NR_RECVMSG || nr == NR_PREADV2;
}

static __always_inline u32 receive_flags(long nr, struct pt_regs *regs)
{
	return nr == NR_RECVFROM ? EXIT_ARG3(regs) : nr == NR_RECVMSG ? EXIT_ARG2(regs) : 0;
}

#endif

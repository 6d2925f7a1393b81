/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Socket calls that name a peer themselves: datagrams without connect(), and connects that failed before a SYN. */
#ifndef AI_SPM_CALL_BPF_H
#define AI_SPM_CALL_BPF_H

#include "peer.bpf.h"

#define MESSAGES_MAX 16

/* Errors of connect() that came without a SYN of this very call, or after one that the socket's state counts. */
static __always_inline bool before_syn(int err)
{
	switch (err) {
	case 4: /* EINTR */
	case 11: /* EAGAIN */
	case 14: /* EFAULT */
	case 22: /* EINVAL */
	case 32: /* EPIPE */
	case 88: /* ENOTSOCK */
	case 103: /* ECONNABORTED */
	case 104: /* ECONNRESET */
	case 106: /* EISCONN */
	case 110: /* ETIMEDOUT */
	case 111: /* ECONNREFUSED */
	case 114: /* EALREADY */
	case 115: /* EINPROGRESS */
	case 512: /* ERESTARTSYS */
		return false;
	}
	return err > 0;
}

/* struct mmsghdr of the 64-bit ABI. */
struct message {
	u64 name;
	u64 unused[6];
	u32 len, pad;
};

/* Of a thread: it reached SYN_SENT in the connect() that it is in. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u8);
} dialling SEC(".maps");

/* The socket behind a descriptor that a socket call has just accepted. */
static __always_inline u16 protocol_of_fd(struct task_struct *task, int fd)
{
	struct socket *socket = BPF_CORE_READ(file_of(task, fd), private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);

	return BPF_CORE_READ(sk, sk_protocol);
}

/*
 * Counts a use of the peer that a struct sockaddr of the program's names. A global function, as is `datagram`: the
 * verifier goes through it once, not once for each message of a vector.
 */
__noinline int use_name(u64 name, u32 proto, s64 ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct use u = { .tx = ret > 0 ? ret : 0, .err = ret < 0 ? -ret : 0 };
	struct actor a = actor_of(task);
	struct peer p = {};

	if (in_scope(task, &a) && peer_of_user(&p, proto, (void *)name)) {
		u.now = bpf_ktime_get_boot_ns();
		use_peer(&a, &p, &u);
	}
	return 0;
}

__noinline int datagram(int fd, u64 name, s64 ret)
{
	if (name && ret != -11 && protocol_of_fd(bpf_get_current_task_btf(), fd) == IPPROTO_UDP)
		use_name(name, IPPROTO_UDP, ret);
	return 0;
}

static __always_inline int on_connect(struct task_struct *task, int fd, u64 name, long ret)
{
	u8 *dials = bpf_task_storage_get(&dialling, task, NULL, 0);
	bool dialled = dials && *dials;
	u16 proto;

	if (dials)
		*dials = 0;
	if (ret == 0 && has_send_hook())
		return 0;
	if (ret < 0 && (dialled || !before_syn(-ret)))
		return 0;
	proto = protocol_of_fd(task, fd);
	if (proto == IPPROTO_TCP ? ret < 0 : proto == IPPROTO_UDP && !has_send_hook())
		use_name(name, proto, ret);
	return 0;
}

/*
 * What is too long a vector to be read to its end may have gone to one peer more. A function of its own: inlined,
 * it is more than the verifier of 6.1 follows.
 */
static __noinline int on_more_messages(int fd, u64 next)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct actor a = actor_of(task);
	struct message m;

	if (bpf_probe_read_user(&m, sizeof(m), (void *)next) || !m.name)
		return 0;
	if (in_scope(task, &a) && protocol_of_fd(task, fd) == IPPROTO_UDP)
		account_unread(a.cg, SIG_NETWORK, bpf_ktime_get_boot_ns());
	return 0;
}

/* `ret` messages were sent, each with its own length. */
static __always_inline int on_messages(int fd, u64 vector, long ret)
{
	struct message m;

	for (int i = 0; i < MESSAGES_MAX; i++) {
		if (i >= ret && i > 0)
			break;
		if (bpf_probe_read_user(&m, sizeof(m), (void *)(vector + i * sizeof(m))))
			break;
		datagram(fd, m.name, ret < 0 ? ret : m.len);
	}
	if (ret > MESSAGES_MAX)
		on_more_messages(fd, vector + MESSAGES_MAX * sizeof(m));
	return 0;
}

static __always_inline int on_message(int fd, u64 message, long ret)
{
	u64 name;

	if (bpf_probe_read_user(&name, sizeof(name), (void *)message))
		return 0;
	return datagram(fd, name, ret);
}

#endif

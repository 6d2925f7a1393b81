// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * JSON-RPC between processes: what is written to pipes and to socketpairs. One write that looks like a message makes
 * its pipe a stream; every later one belongs to it, whoever writes. Reads are not looked at: what is read was written.
 *
 * The cheap test comes first. Most writes go to files and terminals, begin with something else, and end there.
 */
#include "../include/socket.bpf.h"

struct end_key {
	u64 ino;
	u64 dev;
};

/* Writing ends that are streams, and the id of each. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct end_key);
	__type(value, u64);
} ends SEC(".maps");

/* Until there is one, what does not look like a message needs no second look. */
__u32 any_ends;

/* `{"` and the first letter of a member of a message (jsonrpc, method, result, error, id, params), or a batch, or a header. */
static __always_inline bool is_message(u64 head)
{
	u32 third = head >> 16 & 0xff;

	if ((head & 0xffff) == 0x227b)
		return third == 'j' || third == 'm' || third == 'r' || third == 'e' || third == 'i' || third == 'p';
	return (head & 0xffffff) == 0x227b5b || head == 0x2d746e65746e6f43ULL; /* [{"  Content- */
}

static __always_inline bool worth_a_look(const struct transfer *t)
{
	u64 head[HEAD_WORDS];

	return any_ends || (read_head(head, t) && is_message(head[0]));
}

/* Of what is written to. */
struct end {
	struct end_key key;
	u64 peer_ino;
	int fd;
	u32 via;
};

static __noinline u64 open_end(struct task_struct *task, const struct end *e, const struct transfer *t)
{
	struct stream s;

	stream_fill(&s, &t->a, e->via, e->key.ino, t->at);
	s.opened.ino = e->key.ino;
	s.opened.peer_ino = e->peer_ino;
	s.opened.fd = e->fd;
	s.opened.stdin_ino = BPF_CORE_READ(file_of(task, 0), f_inode, i_ino);
	return stream_open(&s);
}

static __noinline int on_written(struct task_struct *task, struct end *e, struct transfer *t)
{
	u64 *known = bpf_map_lookup_elem(&ends, &e->key), head[HEAD_WORDS];

	if (!known && (!read_head(head, t) || !is_message(head[0])))
		return 0;
	t->a = actor_of(task);
	if (!in_scope(task, &t->a))
		return 0;
	t->at = bpf_ktime_get_boot_ns();
	t->stream = known ? *known : 0;
	if (known && !stream_send(t))
		return 0;
	t->stream = open_end(task, e, t);
	bpf_map_update_elem(&ends, &e->key, &t->stream, BPF_ANY);
	any_ends = 1;
	stream_send(t);
	return 0;
}

static __always_inline void begin(struct transfer *t, struct task_struct *task, struct pt_regs *regs, long ret)
{
	t->len = ret;
	t->signal = SIG_STDIO;
	t->dir = DIR_OUT;
	t->limit = ALL;
	find_bytes(t, task, regs);
}

static __always_inline int on_pipe(struct task_struct *task, struct transfer *t, int fd)
{
	struct inode *inode = BPF_CORE_READ(file_of(task, fd), f_inode);
	struct end e = { .fd = fd, .via = VIA_PIPE };

	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFIFO)
		return 0;
	e.key.ino = BPF_CORE_READ(inode, i_ino);
	e.key.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	e.peer_ino = e.key.ino;
	return on_written(task, &e, t);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(stdio_write, struct pt_regs *regs, long ret)
{
	struct task_struct *task;
	struct transfer t;
	long nr = EXIT_NR(regs);

	if (ret <= 0 || (nr != NR_WRITE && nr != NR_WRITEV))
		return 0;
	task = bpf_get_current_task_btf();
	begin(&t, task, regs, ret);
	return worth_a_look(&t) ? on_pipe(task, &t, EXIT_ARG0(regs)) : 0;
}

/* Moves bytes into a pipe that it does not show: of a stream, their number is told. */
SEC("tp_btf/sys_exit")
int BPF_PROG(stdio_splice, struct pt_regs *regs, long ret)
{
	struct task_struct *task;
	struct transfer t;
	long nr = EXIT_NR(regs);
	int fd;

	if (ret <= 0 || !any_ends)
		return 0;
	if (nr == NR_SENDFILE || nr == NR_VMSPLICE)
		fd = EXIT_ARG0(regs);
	else if (nr == NR_TEE)
		fd = EXIT_ARG1(regs);
	else if (nr == NR_SPLICE)
		fd = EXIT_ARG2(regs);
	else
		return 0;
	task = bpf_get_current_task_btf();
	begin(&t, task, regs, ret);
	return on_pipe(task, &t, fd);
}

static __always_inline int on_pair(struct task_struct *task, const struct via_socket *s, struct transfer *t, int fd)
{
	struct end e = { .key.ino = s->ino, .fd = fd, .via = VIA_UNIX };

	if (!worth_a_look(t))
		return 0;
	e.peer_ino = other_end(s->sk);
	return on_written(task, &e, t);
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(stdio_sent, struct sock *sk, int ret, int flags)
{
	struct task_struct *task;
	struct pt_regs *regs;
	struct via_socket s;
	struct transfer t;
	int fd;

	if (ret <= 0 || sk->__sk_common.skc_family != AF_UNIX || sk->sk_type != SOCK_STREAM)
		return 0;
	look_at(&s, sk);
	task = bpf_get_current_task_btf();
	regs = registers_of(task);
	fd = EXIT_ARG0(regs);
	begin(&t, task, regs, ret);
	if (!s.ino)
		return 0;
	return on_pair(task, &s, &t, fd);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(stdio_sent__alt, struct pt_regs *regs, long ret)
{
	struct task_struct *task;
	struct via_socket s;
	struct transfer t;

	if (ret <= 0 || !is_send(EXIT_NR(regs)))
		return 0;
	task = bpf_get_current_task_btf();
	begin(&t, task, regs, ret);
	if (!worth_a_look(&t) || !look_at_fd(&s, task, EXIT_ARG0(regs)) || !is_unix_stream(&s))
		return 0;
	return on_pair(task, &s, &t, EXIT_ARG0(regs));
}

// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * JSON-RPC between processes: what is written to pipes and to socketpairs. One write that looks like a message makes
 * its pipe a stream; every later one belongs to it, whoever writes. Reads are not looked at: what is read was written.
 *
 * The cheapest test comes first: most writes go elsewhere. A look at the bytes costs more than all others together.
 */
#include "../include/pipe.bpf.h"
#include "../include/socket.bpf.h"

#define FIRST_MAX 32768
#define IORING_OP_WRITE 23
#define REQ_F_FIXED_FILE 1

/* Writing ends that are streams, and the id of each. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct end_key);
	__type(value, u64);
} ends SEC(".maps");

/*
 * Writing ends that carry something else, by a part of the hash of what they are; another one may take the place. After so
 * many writes that are no message, each of so many is looked at: the look costs more than all else.
 */
#define STRANGERS 4096
#define LOOKS 64
#define LOOK_EVERY 16

struct stranger {
	u64 tag;
	u64 writes;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, STRANGERS);
	__type(key, u32);
	__type(value, struct stranger);
} strangers SEC(".maps");

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

/* The first message of a session is short: what moves much data at once is spared the look. */
static __always_inline bool may_begin(long len)
{
	return len <= FIRST_MAX;
}

static __always_inline u64 tag_of(const struct end_key *key)
{
	return mix(mix(cfg.seed, key->ino), key->dev) | 1;
}

static __always_inline struct stranger *place_of(u64 tag)
{
	u32 slot = tag >> 32 & (STRANGERS - 1);

	return bpf_map_lookup_elem(&strangers, &slot);
}

/* Counts a write to it. Threads may count at once: it is about how often, not how many. */
static __always_inline bool passed_over(const struct end_key *key)
{
	u64 tag = tag_of(key);
	struct stranger *s = place_of(tag);

	return s && s->tag == tag && s->writes >= LOOKS && ++s->writes % LOOK_EVERY;
}

static __always_inline void no_message(struct stranger *s, u64 tag)
{
	if (!s)
		return;
	if (s->tag != tag)
		s->writes = 0;
	s->tag = tag;
	s->writes++;
}

/* It does carry messages. True: those before may have been passed over. */
static __always_inline bool acquainted(struct stranger *s, u64 tag)
{
	if (!s || s->tag != tag)
		return false;
	s->tag = 0;
	return s->writes >= LOOKS;
}

static __noinline u64 open_end(const struct end *e, const struct transfer *t)
{
	struct stream s;

	stream_fill(&s, &t->a, e->via, e->key.ino, t->at);
	s.opened.ino = e->key.ino;
	s.opened.peer_ino = e->peer_ino;
	s.opened.fd = e->fd;
	s.opened.stdin_ino = BPF_CORE_READ(own_file(bpf_get_current_task_btf(), 0), f_inode, i_ino);
	return stream_open(&s);
}

/*
 * Global, as is every function here that decides by what it is pointed to: before 6.8 (41f6f64e6999) the verifier may
 * take for settled what a caller's memory holds on one path only, and cut the other.
 */
__noinline int on_written(const struct end *e, struct transfer *t)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 head[HEAD_WORDS], *known, id, tag;
	struct stranger *stranger;
	struct end_key key;

	if (!e || !t)
		return 0;
	key = e->key;
	tag = tag_of(&key);
	stranger = place_of(tag);
	known = any_ends ? bpf_map_lookup_elem(&ends, &key) : NULL;
	if (!known && (!may_begin(t->len) || !read_head(head, t) || !is_message(head[0]))) {
		no_message(stranger, tag);
		return 0;
	}
	t->a = actor_of(task);
	if (!in_scope(task, &t->a))
		return 0;
	t->at = bpf_ktime_get_boot_ns();
	t->stream = known ? *known : 0;
	if (known && !stream_send(t))
		return 0;
	if (acquainted(stranger, tag))
		account_unread(t->a.cg, SIG_STDIO, t->at);
	id = t->stream = open_end(e, t);
	bpf_map_update_elem(&ends, &key, &id, BPF_ANY);
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

static __always_inline int on_pipe(struct pt_regs *regs, int fd, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct transfer t;
	struct end e;

	if (!look_at_pipe(&e, task, fd) || passed_over(&e.key))
		return 0;
	begin(&t, task, regs, ret);
	return on_written(&e, &t);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(stdio_write, struct pt_regs *regs, long ret)
{
	long nr = EXIT_NR(regs);

	if (ret <= 0 || (nr != NR_WRITE && nr != NR_WRITEV) || !(any_ends || may_begin(ret)))
		return 0;
	return on_pipe(regs, EXIT_ARG0(regs), ret);
}

/* Moves bytes into a pipe that it does not show: of a stream, their number is told. */
SEC("tp_btf/sys_exit")
int BPF_PROG(stdio_splice, struct pt_regs *regs, long ret)
{
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
	return on_pipe(regs, fd, ret);
}

static __always_inline int on_pair(struct task_struct *task, struct pt_regs *regs, const struct via_socket *s, long ret)
{
	struct end e = { .key.ino = s->ino, .fd = EXIT_ARG0(regs), .via = VIA_UNIX };
	struct transfer t;

	if (passed_over(&e.key))
		return 0;
	begin(&t, task, regs, ret);
	e.peer_ino = other_end(s->sk);
	return on_written(&e, &t);
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(stdio_sent, struct sock *sk, int ret, int flags)
{
	struct task_struct *task;
	struct via_socket s;

	if (ret <= 0 || sk->__sk_common.skc_family != AF_UNIX || sk->sk_type != SOCK_STREAM ||
	    !(any_ends || may_begin(ret)))
		return 0;
	look_at(&s, sk);
	task = bpf_get_current_task_btf();
	return s.ino ? on_pair(task, registers_of(task), &s, ret) : 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(stdio_sent__alt, struct pt_regs *regs, long ret)
{
	struct task_struct *task;
	struct via_socket s;

	if (ret <= 0 || !is_send(EXIT_NR(regs)) || !(any_ends || may_begin(ret)))
		return 0;
	task = bpf_get_current_task_btf();
	if (!look_at_fd(&s, task, EXIT_ARG0(regs)) || !is_unix_stream(&s))
		return 0;
	return on_pair(task, regs, &s, ret);
}

/*
 * Written to a pipe by io_uring, where it is submitted: what will come of it is not known here, it is taken for written.
 * What stands in several buffers, or goes to a registered file, is not looked at.
 */
static __always_inline int on_submit(void *req)
{
	struct io_rw *rw = req; /* io_cmd_data lies first in the request */
	u8 opcode = BPF_CORE_READ((struct io_kiocb *)req, opcode);
	struct task_struct *task = bpf_get_current_task_btf();
	struct transfer t = { .signal = SIG_STDIO, .dir = DIR_OUT, .limit = ALL };
	struct end e;

	if (opcode != IORING_OP_WRITE || BPF_CORE_READ((struct io_kiocb *)req, flags) & REQ_F_FIXED_FILE)
		return 0;
	t.len = BPF_CORE_READ(rw, len);
	if (!t.len || !(any_ends || may_begin(t.len)) ||
	    !look_at_pipe(&e, task, BPF_CORE_READ((struct io_kiocb *)req, cqe.fd)) || passed_over(&e.key))
		return 0;
	t.buffer = BPF_CORE_READ(rw, addr);
	return on_written(&e, &t);
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(stdio_uring, void *req)
{
	return on_submit(req);
}

/* So called before 6.3; before 6.0 with other arguments and no io_cmd_data. */
SEC("tp_btf/io_uring_submit_sqe")
int BPF_PROG(stdio_uring__alt, void *req)
{
	return bpf_core_type_exists(struct io_cmd_data) ? on_submit(req) : 0;
}

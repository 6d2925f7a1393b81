// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * What passes a TLS library in the clear. The loader attaches these to images where it is told to (images.c). A call
 * is noted at its entry and told at its return, with the bytes that it did move: a write that is tried again with the
 * same buffer until the handshake is done (node does so) is one write.
 */
#include "../include/tls-call.bpf.h"
#include "../include/uprobe.bpf.h"

#define ROUTINES_MAX 32768 /* Go calls that block at the same time: one for each idle connection of a server */

/* What a thread is in. Goes with it. */
#define NESTED_MAX 4
struct thread_calls {
	struct call calls[NESTED_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread_calls);
} thread_calls SEC(".maps");

/* Goroutines change threads, and their stacks move; the distance from a stack's upper end stays. */
struct routine_key {
	u64 g, depth, tgid;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ROUTINES_MAX);
	__type(key, struct routine_key);
	__type(value, struct call);
} routine_calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct tls_mapped);
} tls_mapping SEC(".maps");

static __always_inline struct routine_key routine_key(const struct actor *a, u64 g, u64 stack)
{
	struct routine_key key = { .g = g, .tgid = a->pid };
	u64 top = 0;

	bpf_probe_read_user(&top, sizeof(top), (void *)(g + 8)); /* g.stack.hi */
	key.depth = top - stack;
	return key;
}

/* Stacks grow downwards: a call noted at or below this one's place was left by a jump. */
static __always_inline struct call *free_place(struct thread_calls *t, u64 stack)
{
#pragma unroll
	for (int i = 0; i < NESTED_MAX; i++)
		if (t->calls[i].stack <= stack)
			return &t->calls[i];
	return NULL;
}

SEC("uprobe")
int tls_enter(struct pt_regs *ctx)
{
	u64 cookie = bpf_get_attach_cookie(ctx), stack;
	struct thread_calls *t;
	struct call *c;
	struct actor a;

	if (!begin(&a, TLS_COOKIE_SLOT(cookie)))
		return 0;
	t = bpf_task_storage_get(&thread_calls, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	stack = STACK(ctx);
	c = t ? free_place(t, stack) : NULL;
	if (!c)
		return 0; /* its return will find no note, and count it */
	c->ctx = ARG0(ctx);
	c->buffer = ARG1(ctx);
	c->out = ARG3(ctx);
	c->stack = stack;
	c->function = TLS_COOKIE_FUNCTION(cookie);
	c->slot = TLS_COOKIE_SLOT(cookie);
	c->began = is_write(c->function) ? bpf_ktime_get_boot_ns() : 0;
	c->peer.proto = 0;
	return 0;
}

/* Programs that let the library use the socket itself (curl, Python) do so within these calls; node does not. */
static __always_inline int on_socket(struct sock *sk, int ret)
{
	struct thread_calls *t;
	struct peer p = {};

	t = bpf_task_storage_get(&thread_calls, bpf_get_current_task_btf(), NULL, 0);
	if (!t || !t->calls[0].stack || ret <= 0 || !peer_of_sock(&p, sk))
		return 0;
#pragma unroll
	for (int i = 0; i < NESTED_MAX; i++)
		if (t->calls[i].stack)
			t->calls[i].peer = p;
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(tls_sent, struct sock *sk, int ret, int flags)
{
	return on_socket(sk, ret);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(tls_received, struct sock *sk, int ret, int flags)
{
	return on_socket(sk, ret);
}

static __always_inline struct call *noted(struct thread_calls *t, u64 stack)
{
#pragma unroll
	for (int i = 0; i < NESTED_MAX; i++)
		if (t->calls[i].stack == stack)
			return &t->calls[i];
	return NULL;
}

/* What was in the call when the probes came, moved bytes that nobody can name. */
SEC("uretprobe")
int tls_exit(struct pt_regs *ctx)
{
	s32 result = RESULT(ctx);
	struct thread_calls *t;
	struct call *place;
	struct actor a;

	if (!begin(&a, TLS_COOKIE_SLOT(bpf_get_attach_cookie(ctx))))
		return 0;
	t = bpf_task_storage_get(&thread_calls, bpf_get_current_task_btf(), NULL, 0);
	place = t ? noted(t, STACK(ctx) - RETURN_SLOT) : NULL;
	if (!place) {
		if (result > 0)
			unknown(&a);
		return 0;
	}
	finish(&a, place, result); /* in place: a copy would be more stack than 6.1 has */
	place->stack = 0;
	return 0;
}

SEC("uprobe")
int tls_free(struct pt_regs *ctx)
{
	return on_free(bpf_get_attach_cookie(ctx), ARG0(ctx));
}

SEC("uprobe")
int tls_go_enter(struct pt_regs *ctx)
{
	u64 cookie = bpf_get_attach_cookie(ctx);
	struct call c = { .function = TLS_COOKIE_FUNCTION(cookie), .slot = TLS_COOKIE_SLOT(cookie) };
	struct routine_key key;
	struct actor a;

	if (!begin(&a, c.slot))
		return 0;
	c.ctx = GO_ARG0(ctx);
	c.buffer = GO_ARG1(ctx);
	c.began = is_write(c.function) ? bpf_ktime_get_boot_ns() : 0;
	key = routine_key(&a, GO_ROUTINE(ctx), STACK(ctx));
	bpf_map_update_elem(&routine_calls, &key, &c, BPF_ANY);
	return 0;
}

/* At each RET, before it pops: the stack pointer is the entry's. */
SEC("uprobe")
int tls_go_exit(struct pt_regs *ctx)
{
	s64 result = GO_RESULT(ctx);
	struct routine_key key;
	struct call *known;
	struct actor a;

	if (!begin(&a, TLS_COOKIE_SLOT(bpf_get_attach_cookie(ctx))))
		return 0;
	key = routine_key(&a, GO_ROUTINE(ctx), STACK(ctx));
	known = bpf_map_lookup_elem(&routine_calls, &key);
	if (!known) {
		if (result > 0)
			unknown(&a);
		return 0;
	}
	finish(&a, known, result);
	bpf_map_delete_elem(&routine_calls, &key);
	return 0;
}

SEC("uprobe")
int tls_go_close(struct pt_regs *ctx)
{
	return on_free(bpf_get_attach_cookie(ctx), GO_ARG0(ctx));
}

static __always_inline u32 stat_dev(u32 dev)
{
	u32 major = dev >> 20, minor = dev & 0xfffff;

	return (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
}

/*
 * Which file is behind a mapping of the loader's: on overlays the one below, which all containers of an image share, and
 * where the kernel puts its probes. stat() names the overlay's.
 */
SEC("iter/task_vma")
int tls_mapped(struct bpf_iter__task_vma *ctx)
{
	struct task_struct *task = ctx->task;
	struct vm_area_struct *vma = ctx->vma;
	struct tls_mapped *asked;
	struct inode *inode;
	u32 zero = 0;

	asked = bpf_map_lookup_elem(&tls_mapping, &zero);
	if (!task || !vma || !vma->vm_file || !asked || !asked->addr || task->tgid != asked->pid ||
	    vma->vm_start != asked->addr)
		return 0;
	inode = BPF_CORE_READ(vma, vm_file, f_inode);
	asked->ino = BPF_CORE_READ(inode, i_ino);
	asked->dev = stat_dev(BPF_CORE_READ(inode, i_sb, s_dev));
	return 0;
}

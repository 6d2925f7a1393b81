// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * What passes a TLS library in the clear. The loader attaches these to images where it is told to (images.c). A call
 * is noted at its entry and told at its return, with the bytes that it did move: a write that is tried again with the
 * same buffer until the handshake is done (node does so) is one write.
 */
#include "../include/payload.bpf.h"
#include "../include/uprobe.bpf.h"
#include "../tls.h"

#define CALLS_OPEN 32768 /* calls that block at the same time: one for each idle connection of a Go server */
#define CONNECTIONS 65536

/* Who calls: a thread, or a goroutine, for those change threads. Where on its stack: a proxy's TLS inside TLS nests. */
struct call_key {
	u64 who, depth, tgid;
};

struct call {
	u64 ctx, buffer, out;
	u32 function, slot;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CALLS_OPEN);
	__type(key, struct call_key);
	__type(value, struct call);
} calls SEC(".maps");

/* A connection object to its stream, until it is freed: then the same address is another one. */
struct connection {
	u64 start, ctx;
	u64 tgid;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CONNECTIONS);
	__type(key, struct connection);
	__type(value, u64);
} connections SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, IMAGES_MAX);
	__type(key, u32);
	__type(value, struct tls_image);
} tls_images SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct tls_mapped);
} tls_mapping SEC(".maps");

/* False for who is not asked for, and for an image that was let go. First thing in every probe. */
static __always_inline bool begin(struct actor *a, u32 slot)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct tls_image *image;

	*a = actor_of(task);
	if (!in_scope(task, a))
		return false;
	image = bpf_map_lookup_elem(&tls_images, &slot);
	return image && image->ino;
}

static __always_inline struct call_key thread_key(const struct actor *a, u64 stack)
{
	struct call_key key = { .who = bpf_get_current_pid_tgid(), .depth = stack, .tgid = a->pid };

	return key;
}

/* Stacks of goroutines move as they grow; the distance from their upper end (g.stack.hi) stays. */
static __always_inline struct call_key goroutine_key(const struct actor *a, u64 g, u64 stack)
{
	struct call_key key = { .who = g, .tgid = a->pid };
	u64 top = 0;

	bpf_probe_read_user(&top, sizeof(top), (void *)(g + 8));
	key.depth = top - stack;
	return key;
}

/* The stream of a connection object, opened at its first bytes. Two threads may meet here: one wins. */
static __noinline u64 stream_of(const struct actor *a, const struct call *c, u64 at)
{
	struct connection key = { .start = a->start, .ctx = c->ctx, .tgid = a->pid };
	u64 *known = bpf_map_lookup_elem(&connections, &key), id;
	struct tls_image *image;
	struct stream s;
	u32 slot = c->slot;

	if (known)
		return *known;
	image = bpf_map_lookup_elem(&tls_images, &slot);
	if (!image)
		return 0;
	stream_fill(&s, a, image->via, mix(mix(a->start, c->ctx), a->pid), at);
	s.opened.image = image->ino;
	id = stream_open(&s);
	if (bpf_map_update_elem(&connections, &key, &id, BPF_NOEXIST)) {
		bpf_map_delete_elem(&streams, &id);
		known = bpf_map_lookup_elem(&connections, &key);
		return known ? *known : 0;
	}
	return id;
}

static __always_inline void forget(const struct actor *a, u64 ctx)
{
	struct connection key = { .start = a->start, .ctx = ctx, .tgid = a->pid };

	bpf_map_delete_elem(&connections, &key);
}

/* Global, for the verifier's sake: all probes end here. */
__noinline int tell(const struct actor *a, const struct call *c, u64 len)
{
	struct transfer t = { .signal = SIG_TLS, .limit = ALL };

	if (!a || !c)
		return 0;
	t.a = *a;
	t.at = bpf_ktime_get_boot_ns();
	t.buffer = c->buffer;
	t.len = len;
	t.dir = c->function == TLS_WRITE || c->function == TLS_WRITE_EX ? DIR_OUT : DIR_IN;
	t.stream = stream_of(a, c, t.at);
	if (!stream_send(&t))
		return 0;
	/* The kernel forgot the stream for others' sake. */
	forget(a, c->ctx);
	t.stream = stream_of(a, c, t.at);
	if (stream_send(&t))
		account_unread(t.a.cg, SIG_TLS, t.at);
	return 0;
}

/* What was in the call when the probes came, or gave its place to others, moved bytes that nobody can name. */
static __always_inline void finish(const struct actor *a, const struct call_key *key, s64 result)
{
	struct call *known = bpf_map_lookup_elem(&calls, key), c;
	u64 len = result;

	if (!known) {
		if (result > 0)
			account_unread(a->cg, SIG_TLS, bpf_ktime_get_boot_ns());
		return;
	}
	c = *known;
	bpf_map_delete_elem(&calls, key);
	if (result <= 0)
		return;
	if ((c.function == TLS_READ_EX || c.function == TLS_WRITE_EX) &&
	    bpf_probe_read_user(&len, sizeof(len), (void *)c.out)) {
		account_unread(a->cg, SIG_TLS, bpf_ktime_get_boot_ns());
		return;
	}
	if (len)
		tell(a, &c, len);
}

SEC("uprobe")
int tls_enter(struct pt_regs *ctx)
{
	u64 cookie = bpf_get_attach_cookie(ctx);
	struct call c = { .function = TLS_COOKIE_FUNCTION(cookie), .slot = TLS_COOKIE_SLOT(cookie) };
	struct call_key key;
	struct actor a;

	if (!begin(&a, c.slot))
		return 0;
	c.ctx = ARG0(ctx);
	c.buffer = ARG1(ctx);
	c.out = ARG3(ctx);
	key = thread_key(&a, STACK(ctx));
	bpf_map_update_elem(&calls, &key, &c, BPF_ANY);
	return 0;
}

SEC("uretprobe")
int tls_exit(struct pt_regs *ctx)
{
	struct call_key key;
	struct actor a;

	if (!begin(&a, TLS_COOKIE_SLOT(bpf_get_attach_cookie(ctx))))
		return 0;
	key = thread_key(&a, STACK(ctx) - RETURN_SLOT);
	finish(&a, &key, (s32)RESULT(ctx));
	return 0;
}

static __always_inline int on_free(u64 cookie, u64 object)
{
	struct connection key = { .ctx = object };
	struct actor a;
	u64 *id;

	if (!begin(&a, TLS_COOKIE_SLOT(cookie)))
		return 0;
	key.start = a.start;
	key.tgid = a.pid;
	id = bpf_map_lookup_elem(&connections, &key);
	if (!id)
		return 0;
	stream_end(*id, SIG_TLS);
	bpf_map_delete_elem(&connections, &key);
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
	struct call_key key;
	struct actor a;

	if (!begin(&a, c.slot))
		return 0;
	c.ctx = GO_ARG0(ctx);
	c.buffer = GO_ARG1(ctx);
	key = goroutine_key(&a, GO_ROUTINE(ctx), STACK(ctx));
	bpf_map_update_elem(&calls, &key, &c, BPF_ANY);
	return 0;
}

/* At each RET, before it pops: the stack pointer is the entry's. */
SEC("uprobe")
int tls_go_exit(struct pt_regs *ctx)
{
	struct call_key key;
	struct actor a;

	if (!begin(&a, TLS_COOKIE_SLOT(bpf_get_attach_cookie(ctx))))
		return 0;
	key = goroutine_key(&a, GO_ROUTINE(ctx), STACK(ctx));
	finish(&a, &key, GO_RESULT(ctx));
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

// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * What passes a TLS library in the clear. The loader attaches these to images where it is told to (images.c). A call
 * is noted at its entry and told at its return, with the bytes that it did move: a write that is tried again with the
 * same buffer until the handshake is done (node does so) is one write.
 */
#include "../include/payload.bpf.h"
#include "../include/uprobe.bpf.h"
#include "../tls.h"

#define ROUTINES_MAX 32768 /* Go calls that block at the same time: one for each idle connection of a server */
#define CONNECTIONS 65536

struct call {
	u64 ctx, buffer, out;
	u64 stack; /* where on its stack: TLS inside TLS, to a proxy, nests */
	u32 function, slot;
};

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

/*
 * What a server under load sends would cost it more to copy than the probes themselves. So each processor copies whole
 * calls at a bounded rate, an agent's many times over; of calls beyond it the head, and they count as truncated.
 */
#define HEAD 2048
#define WHOLE_RATE (16 << 20) /* bytes a second */
#define WHOLE_BURST (16 << 20)

struct allowance {
	u64 at, bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct allowance);
} allowances SEC(".maps");

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

static __always_inline struct routine_key routine_key(const struct actor *a, u64 g, u64 stack)
{
	struct routine_key key = { .g = g, .tgid = a->pid };
	u64 top = 0;

	bpf_probe_read_user(&top, sizeof(top), (void *)(g + 8)); /* g.stack.hi */
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

static __always_inline bool allowed(u64 len, u64 at)
{
	struct allowance *a;
	u64 since, bytes;
	u32 zero = 0;

	a = bpf_map_lookup_elem(&allowances, &zero);
	if (!a)
		return true;
	since = at - a->at < 1000000000 ? at - a->at : 1000000000;
	bytes = a->bytes + since * (WHOLE_RATE / 1000000) / 1000;
	if (bytes > WHOLE_BURST || !a->at)
		bytes = WHOLE_BURST;
	a->at = at;
	a->bytes = bytes > len ? bytes - len : bytes;
	return bytes > len;
}

static __always_inline void count_truncated(u64 cg)
{
	struct cover *c = cover_of(cg, SIG_TLS);

	if (c)
		add(&c->truncated, 1);
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
	if (len > HEAD && !allowed(len, t.at)) {
		t.limit = HEAD;
		count_truncated(a->cg);
	}
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

static __always_inline void unknown(const struct actor *a)
{
	account_unread(a->cg, SIG_TLS, bpf_ktime_get_boot_ns());
}

static __always_inline void finish(const struct actor *a, const struct call *c, s64 result)
{
	u64 len = result;

	if (result <= 0)
		return;
	if ((c->function == TLS_READ_EX || c->function == TLS_WRITE_EX) &&
	    bpf_probe_read_user(&len, sizeof(len), (void *)c->out))
		unknown(a);
	else if (len)
		tell(a, c, len);
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
	return 0;
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
	struct call *place, c;
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
	c = *place;
	place->stack = 0;
	finish(&a, &c, result);
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
	struct routine_key key;
	struct actor a;

	if (!begin(&a, c.slot))
		return 0;
	c.ctx = GO_ARG0(ctx);
	c.buffer = GO_ARG1(ctx);
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
	struct call *known, c;
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
	c = *known;
	bpf_map_delete_elem(&routine_calls, &key);
	finish(&a, &c, result);
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

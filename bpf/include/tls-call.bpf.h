/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Calls into a TLS library, once they have moved bytes: the stream that they belong to, and how much of them to copy. */
#ifndef AI_SPM_TLS_CALL_BPF_H
#define AI_SPM_TLS_CALL_BPF_H

#include "address.bpf.h"
#include "payload.bpf.h"
#include "../tls.h"

#define CONNECTIONS 65536

struct call {
	u64 ctx, buffer, out;
	u64 stack; /* where on its stack: TLS inside TLS, to a proxy, nests */
	u64 began; /* ns, CLOCK_BOOTTIME; of writes: another thread may have read the answer before they return */
	u32 function, slot;
	struct peer peer; /* of a socket call within it; proto 0: there was none */
};

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
#define WHOLE_BURST (8 << 20)

struct allowance {
	u64 at, bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct allowance);
} allowances SEC(".maps");

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
	if (c->peer.proto) {
		__builtin_memcpy(s.opened.addr, &c->peer, sizeof(s.opened.addr));
		s.opened.port = c->peer.port;
		s.opened.proto = c->peer.proto;
	}
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

static __always_inline bool allowed(u64 len)
{
	struct allowance *a;
	u64 since, bytes, at = bpf_ktime_get_boot_ns();
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

/* What user space does not want of a stream is not charged. */
static __always_inline void bound(struct transfer *t)
{
	u64 id = t->stream, want = t->len;
	u32 *asked = bpf_map_lookup_elem(&stream_limits, &id);

	if (asked && want > *asked)
		want = *asked;
	if (want <= HEAD || allowed(want))
		return;
	t->limit = HEAD;
	count_truncated(t->a.cg);
}

static __always_inline bool is_write(u32 function)
{
	return function == TLS_WRITE || function == TLS_WRITE_EX;
}

/* Global, for the verifier's sake: all probes end here. */
__noinline int tell(const struct actor *a, const struct call *c, u64 len)
{
	struct transfer t = { .signal = SIG_TLS, .limit = ALL };

	if (!a || !c)
		return 0;
	t.a = *a;
	t.dir = is_write(c->function) ? DIR_OUT : DIR_IN;
	t.at = t.dir == DIR_OUT ? c->began : bpf_ktime_get_boot_ns();
	t.buffer = c->buffer;
	t.len = len;
	t.stream = stream_of(a, c, t.at);
	if (len > HEAD)
		bound(&t);
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

#endif

// SPDX-License-Identifier: Apache-2.0
/* What applications say: streams and the bytes that calls moved on them. */
#include "emit.h"
#include "text.h"

static const char *const carriers[] = { "openssl", "boringssl", "gnutls", "go", "socket", "pipe", "unix", "dns" };

static void put_id(const char *key, uint64_t id)
{
	if (id)
		put_dec(key, id);
}

static void emit_stream(const struct stream_event *s)
{
	line_begin("stream");
	put_actor(&s->h);
	put_hex("stream", s->stream);
	put_str("via", carriers[s->via & 7]);
	if (s->proto)
		put_peer(s->addr, s->port, s->proto);
	if (s->role)
		put_str("role", s->role == ROLE_CLIENT ? "client" : "server");
	put_id("ino", s->ino);
	put_id("peer_ino", s->peer_ino);
	if (s->fd >= 0)
		put_u64("fd", s->fd);
	put_id("stdin_ino", s->stdin_ino);
	put_id("image", s->image);
	line_end();
}

static void emit_payload(const struct payload_event *p, size_t len)
{
	size_t have = len - sizeof(*p);

	line_begin("payload");
	put_actor(&p->h);
	put_hex("stream", p->stream);
	put_str("dir", p->dir == DIR_OUT ? "out" : "in");
	put_u64("off", p->off);
	put_u64("len", p->len);
	put_base64("data", (const unsigned char *)(p + 1), p->have < have ? p->have : have);
	line_end();
}

static void emit_stream_end(const struct stream_end_event *e)
{
	line_begin("stream-end");
	put_hex("stream", e->stream);
	put_u64("at", e->h.at / 1000);
	put_u64("in", e->bytes[DIR_IN]);
	put_u64("out", e->bytes[DIR_OUT]);
	line_end();
}

void emit_said(const struct event *e, size_t len)
{
	switch (e->type) {
	case EV_STREAM:
		emit_stream((const void *)e);
		break;
	case EV_PAYLOAD:
		if (len >= sizeof(struct payload_event))
			emit_payload((const void *)e, len);
		break;
	case EV_STREAM_END:
		emit_stream_end((const void *)e);
		break;
	}
}

// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "emit.h"
#include "text.h"

const char *const signal_names[SIGNALS] = { "process", "file",	    "mapping", "network", "syscall",
					    "tls",     "plaintext", "stdio",   "dns" };
static const char *const process_evs[] = { "exists", "fork", "exec", "exit" };
static const char *const accesses[] = { "r", "w", "rw", "x" };

static char text[8192];

static void put_path(const char *key, const char *data, struct blob blob, bool *cut)
{
	if (blob.form != FORM_NONE)
		put_bytes(key, text, path_string(data, blob, text, cut));
}

void put_actor(const struct event *e)
{
	put_dec("cg", e->cg);
	put_u64("pid", e->pid);
	put_dec("start", e->start);
	put_u64("at", e->at / 1000);
}

static void put_argv(const char *data, struct blob argv)
{
	const char *end = data + argv.len;

	put_open("argv", '[');
	for (int i = 0; i < 16 && data < end; i++) {
		size_t n = strnlen(data, end - data);

		put_bytes(NULL, data, n > 512 ? 512 : n);
		data += n + 1;
	}
	put_close(']');
}

static void emit_process(const struct process_event *p)
{
	const char *data = (const char *)(p + 1);
	bool cut = false;

	line_begin("process");
	put_actor(&p->h);
	put_str("ev", process_evs[p->ev & 3]);
	put_u64("ppid", p->ppid);
	put_dec("pstart", p->pstart);
	if (p->ev != PROC_EXIT) {
		put_u64("uid", p->uid);
		put_bytes("comm", p->comm, strnlen(p->comm, COMM_LEN));
		put_path("exe", data, p->exe, &cut);
		put_path("cwd", data + p->exe.len, p->cwd, &cut);
		if (p->argv.len)
			put_argv(data + p->exe.len + p->cwd.len, p->argv);
		put_u64("mntns", p->mntns);
		put_u64("netns", p->netns);
		put_u64("pidns", p->pidns);
		put_hex("caps", p->caps);
		put_u64("seccomp", p->seccomp);
	}
	if (p->h.flags & EVF_INIT)
		put_bool("init", true);
	line_end();
	if (p->ev == PROC_EXIT)
		sweep_exited(p->h.pid, p->h.start);
}

static void put_flags(const struct event *e, bool cut)
{
	if (e->flags & EVF_EXISTING)
		put_bool("existing", true);
	if (cut || e->flags & EVF_TRUNCATED)
		put_bool("truncated", true);
	if (e->flags & EVF_UNRESOLVED)
		put_bool("unresolved", true);
}

/* Where the name that was opened led, if elsewhere. */
static void put_real(const struct file_event *f, const char *data, bool *cut)
{
	static char real[sizeof(text)];

	if (f->real.form == FORM_NONE)
		return;
	path_string(data + f->path.len + f->dir.len, f->real, real, cut);
	if (strcmp(real, text))
		put_str("real", real);
}

static void emit_file(const struct file_event *f)
{
	const char *data = (const char *)(f + 1);
	bool cut = false;

	line_begin("file");
	put_actor(&f->h);
	put_hex("id", f->id);
	put_bytes("path", text, f->h.flags & EVF_EXISTING ? path_string(data, f->path, text, &cut) :
							    path_joined(data, f->dir, f->path, text, &cut));
	put_real(f, data, &cut);
	put_str("access", accesses[f->access & 3]);
	if (f->h.errnum)
		put_u64("errno", f->h.errnum);
	put_flags(&f->h, cut);
	line_end();
	sweep_seen();
}

static void emit_mapping(const struct mapping_event *m)
{
	bool cut = false;

	line_begin("mapping");
	put_actor(&m->h);
	put_hex("id", m->id);
	put_path("path", (const char *)(m + 1), m->path, &cut);
	put_bool("exec", m->h.flags & EVF_EXEC);
	put_dec("dev", m->dev);
	put_dec("ino", m->ino);
	put_u64("size", m->size);
	put_flags(&m->h, cut);
	line_end();
	sweep_seen();
}

void put_peer(const unsigned char *addr, uint32_t port, uint32_t proto)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool v4 = !memcmp(addr, mapped, sizeof(mapped));
	char name[INET6_ADDRSTRLEN];

	inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? addr + 12 : addr, name, sizeof(name));
	put_str("proto", proto == 6 ? "tcp" : "udp");
	put_str("daddr", name);
	put_u64("dport", port);
}

static void emit_connect(const struct connect_event *c)
{
	line_begin("connect");
	put_actor(&c->h);
	put_hex("id", c->id);
	put_peer(c->addr, c->port, c->proto);
	if (c->h.errnum)
		put_u64("errno", c->h.errnum);
	put_flags(&c->h, false);
	line_end();
	sweep_seen();
}

void emit_event(const struct event *e, size_t len)
{
	if (e->type != EV_CGROUP && e->type != EV_CGROUP_GONE)
		cgroups_name(e->cg);
	switch (e->type) {
	case EV_CGROUP:
		cgroups_made(e->cg, (const char *)((const struct cgroup_event *)e + 1));
		break;
	case EV_CGROUP_GONE:
		cgroups_gone(e->cg);
		break;
	case EV_PROCESS:
		emit_process((const void *)e);
		break;
	case EV_FILE:
		emit_file((const void *)e);
		break;
	case EV_MAPPING:
		emit_mapping((const void *)e);
		break;
	case EV_CONNECT:
		emit_connect((const void *)e);
		break;
	default:
		emit_said(e, len);
	}
}

void emit_cgroup(uint64_t id, const char *path)
{
	line_begin("cgroup");
	put_dec("id", id);
	put_str("path", path);
	put_u64("at", boot_ns() / 1000);
	line_end();
}

void emit_cgroup_gone(uint64_t id)
{
	line_begin("cgroup-gone");
	put_dec("id", id);
	put_u64("at", boot_ns() / 1000);
	line_end();
}

void emit_reply(uint32_t req, int errnum, const void *data, size_t len, enum reply_more more)
{
	line_begin("reply");
	put_u64("req", req);
	put_u64("errno", errnum);
	if (data)
		put_base64("data", data, len);
	if (more == REPLY_MORE)
		put_bool("more", true);
	line_end();
	text_flush();
}

void emit_log(const char *level, const char *format, ...)
{
	char msg[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(msg, sizeof(msg), format, args);
	va_end(args);
	line_begin("log");
	put_str("level", level);
	put_str("msg", msg);
	line_end();
}

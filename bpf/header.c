// SPDX-License-Identifier: Apache-2.0
/* The stream's ends: who speaks and what attached; the clocks; the trailer. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "emit.h"
#include "text.h"

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

uint64_t boot_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

uint64_t wall_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

static void put_clock(void)
{
	put_open("clock", '{');
	put_u64("boot_us", boot_ns() / 1000);
	put_u64("wall_us", wall_ns() / 1000);
	put_close('}');
}

static void put_file(const char *key, const char *path)
{
	char line[64] = "";
	FILE *f = fopen(path, "re");

	if (f && fgets(line, sizeof(line), f))
		line[strcspn(line, "\n")] = 0;
	if (f)
		fclose(f);
	put_str(key, line);
}

static void put_program(const struct program *p)
{
	static const char *const stages[] = { NULL, "open", "load", "attach", "skipped" };

	put_open(NULL, '{');
	put_str("name", p->name);
	put_str("hook", p->hook);
	put_bool("attached", p->failed == STAGE_NONE);
	if (p->failed != STAGE_NONE) {
		put_str("stage", stages[p->failed]);
		if (p->err)
			put_u64("errno", p->err);
		put_str("error", p->why ? p->why : strerror(p->err));
	}
	put_close('}');
}

static void put_family(const struct family *f)
{
	put_open(NULL, '{');
	put_str("family", f->name);
	if (f->attached_at)
		put_u64("attached_us", f->attached_at / 1000);
	put_open("programs", '[');
	for (int i = 0; i < f->count; i++)
		put_program(&f->programs[i]);
	put_close(']');
	put_close('}');
}

void emit_header(void)
{
	unsigned char run[16] = { 0 };
	char hex[33];
	struct utsname uts;

	if (getrandom(run, sizeof(run), 0) < 0)
		memset(run, 0, sizeof(run));
	for (int i = 0; i < 16; i++)
		snprintf(hex + i * 2, 3, "%02x", run[i]);
	uname(&uts);
	line_begin("header");
	put_u64("v", WIRE_VERSION);
	put_str("sensor", VERSION);
	put_str("run", hex);
	put_file("boot_id", "/proc/sys/kernel/random/boot_id");
	put_file("machine_id", "/etc/machine-id");
	put_str("node", uts.nodename);
	put_str("kernel", uts.release);
	put_str("arch", uts.machine);
	put_u64("cpus", sysconf(_SC_NPROCESSORS_ONLN));
	put_str("cgroup", cgroups_v1() ? "v1" : "v2");
	put_bool("now", opt.now);
	put_clock();
	put_open("families", '[');
	for (int i = 0; i < SIGNALS; i++)
		if (opt.wanted[i] && families[i].elf)
			put_family(&families[i]);
	put_close(']');
	line_end();
	text_flush();
}

void emit_checkpoint(uint64_t seq)
{
	line_begin("checkpoint");
	put_u64("seq", seq);
	put_clock();
	emit_cost("cost");
	line_end();
	text_flush();
}

void emit_trailer(const char *reason)
{
	line_begin("trailer");
	put_str("reason", reason);
	put_clock();
	emit_cost("cost");
	line_end();
	text_flush();
}

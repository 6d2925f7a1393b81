// SPDX-License-Identifier: Apache-2.0
/*
 * ai-spm-sensor: loads the probe families, writes what they see, takes commands. It knows no event's fields.
 * Exit codes: 0 the stream has its trailer, 1 it could not start, 2 bad usage.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <bpf/libbpf.h>

#include "emit.h"
#include "text.h"

/*
 * Records below the ring's wake-up level wait this long at most; those that come after a second without any, longer: to
 * look for them costs more than all else that an idle sensor does. Where TLS is looked into, each exec wakes it at once.
 */
#define TICK_MS 100
#define IDLE_TICK_MS 500
#define IDLE_NS 1000000000ULL
/* What applications say has no hurry, and to be woken costs the reader as much as some twenty messages. */
#define SAID_NS 1000000000ULL
/* How long --now waits for the first cgroup, and after each for the next. */
#define SCOPE_FIRST_MS 1000
#define SCOPE_QUIET_MS 100

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return opt.debug ? vfprintf(stderr, format, args) : 0;
}

static int die(const char *what, int err)
{
	fprintf(stderr, "ai-spm-sensor: %s: %s\n", what, strerror(err));
	return 1;
}

static int signals_open(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN); /* a failed write ends the run, see text_flush */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* What exists, of what has come into scope. */
static void show_existing(void)
{
	drain_iterators();
	scope_settle();
	text_flush();
}

/* --now with --cgroup-only: takes the cgroups first, until no more come. */
static void await_scope(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	while (poll(&in, 1, scope_is_fresh() ? SCOPE_QUIET_MS : SCOPE_FIRST_MS) > 0)
		if (commands_read() != CMD_NONE)
			return;
}

/* Until somebody asks for the end. Returns the trailer's reason. */
static const char *observe(int signals)
{
	struct pollfd fds[] = {
		{ .fd = drain_fd(), .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
		{ .fd = drain_payload_fd(), .events = POLLIN },
		{ .fd = -1, .events = POLLIN }, /* what was found in images */
	};
	bool more = false;
	uint64_t next = boot_ns() + opt.checkpoint_ms * 1000000ULL, said = 0, busy = boot_ns();

	for (;;) {
		bool counts;
		int n;

		fds[4].fd = images_fd();
		fds[1].fd = images_busy() ? -1 : STDIN_FILENO;
		n = poll(fds, 5, more ? 0 : boot_ns() - busy < IDLE_NS ? TICK_MS : IDLE_TICK_MS);
		if (n < 0 && errno != EINTR)
			return "error";
		if (drain_events())
			busy = boot_ns();
		counts = boot_ns() >= next || sweep_due();
		if (more || counts || boot_ns() >= said || (n > 0 && fds[3].revents)) {
			more = drain_rings();
			said = boot_ns() + SAID_NS;
		}
		if (counts) {
			checkpoint();
			next = boot_ns() + opt.checkpoint_ms * 1000000ULL;
		}
		if (n > 0 && fds[4].revents)
			images_found();
		text_flush();
		if (n > 0 && fds[2].revents)
			return "signal";
		/* Many are added in a row; one pass over all tasks does for them. */
		if (scope_is_fresh() && !fds[1].revents)
			show_existing();
		if (n > 0 && fds[1].revents) {
			switch (commands_read()) {
			case CMD_STOP:
				return "stop";
			case CMD_EOF:
				return "eof";
			case CMD_BAD:
				return "error";
			case CMD_NONE:
				break;
			}
		}
	}
}

/* First no more records, then the rest of the rings, then the counts: so all sums are exact. */
static int finish(const char *reason)
{
	images_close();
	families_detach();
	while (drain_rings())
		;
	checkpoint();
	emit_trailer(reason);
	return 0;
}

static bool nothing_attached(void)
{
	for (int i = 0; i < SIGNALS; i++)
		if (families[i].attached_at)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	int signals = signals_open(), err;

	err = options_parse(argc, argv);
	if (err >= 0)
		return err;
	libbpf_set_print(quiet);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	cgroups_open();
	helpers_start();
	err = maps_create();
	if (err)
		return die("creating maps (needs CAP_BPF and CAP_PERFMON)", err);
	err = drain_open();
	if (err)
		return die("mapping the ring buffers", err);
	stats_start();
	families_load();
	stats_begin();
	err = scope_start();
	if (err)
		return die("--pid-tree", err);
	err = privileges_drop();
	if (err)
		return die("dropping privileges", err);
	emit_header();
	if (nothing_attached())
		return finish("error");
	if (opt.check)
		return emit_trailer("stop"), 0;
	cgroups_existing();
	text_flush();
	if (opt.now && opt.cgroup_only)
		await_scope();
	show_existing();
	return finish(opt.now ? "now" : observe(signals));
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Run-time statistics of the BPF programs. The kernel reads the clock twice a run while they are on, which costs more
 * than the shortest programs (45 ns a run measured, four runs a system call), so they are on for a twentieth of the
 * time and scaled. Switching them needs CAP_SYS_ADMIN, which the sensor gives up: a child without any descriptor
 * keeps it and does nothing else.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "sensor.h"

#define ON_MS 200
#define OFF_MS 3800
#define READY_MS 10

struct shared_time {
	_Atomic int ready; /* there are programs to measure */
	_Atomic uint64_t total; /* ns on, of the periods that ended */
	_Atomic uint64_t since; /* begin of the running one, 0 when off */
};

static struct shared_time *on;
static uint64_t began;

static void wait_ms(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static void sample(void)
{
	while (!on->ready)
		wait_ms(READY_MS);
	for (;;) {
		int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		uint64_t start = boot_ns();

		if (fd < 0)
			_exit(1);
		on->since = start;
		wait_ms(ON_MS);
		on->since = 0;
		on->total += boot_ns() - start;
		close(fd);
		wait_ms(OFF_MS);
	}
}

/* Somebody else has them on, by kernel.bpf_stats_enabled: nothing is sampled, and nothing may be scaled. */
static bool on_already(void)
{
	FILE *f = fopen("/proc/sys/kernel/bpf_stats_enabled", "re");
	bool is = f && fgetc(f) == '1';

	if (f)
		fclose(f);
	return is;
}

/* Before the programs are loaded: they shall know whom to ignore. */
void stats_start(void)
{
	pid_t parent = getpid(), child;

	began = boot_ns();
	if (on_already())
		return;
	if (opt.stats == STATS_ALWAYS)
		bpf_enable_stats(BPF_STATS_RUN_TIME); /* as long as the descriptor lives */
	if (opt.stats != STATS_SAMPLED || opt.now || opt.check)
		return;
	on = mmap(NULL, sizeof(*on), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (on == MAP_FAILED) {
		on = NULL;
		return;
	}
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent || privileges_keep_stats())
			_exit(1);
		close_range(0, ~0U, 0);
		sample();
	}
	if (child > 0 && opt.ignored < IGNORE_MAX)
		opt.ignore[opt.ignored++] = child;
}

/* All are attached. */
void stats_begin(void)
{
	began = boot_ns();
	if (on)
		on->ready = 1;
}

/* How long the statistics were on, and how long they could have been, ns. */
void stats_times(uint64_t *measured, uint64_t *elapsed)
{
	uint64_t now = boot_ns(), since = on ? on->since : 0;

	*elapsed = now - began;
	*measured = on ? on->total + (since ? now - since : 0) : *elapsed;
}

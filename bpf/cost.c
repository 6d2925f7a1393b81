// SPDX-License-Identifier: Apache-2.0
/* What the sensor itself costs. */
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "emit.h"
#include "text.h"

/* The part of the time since the last call that the statistics were on, as its inverse. */
static double scale(void)
{
	static uint64_t measured, elapsed;
	static double last = 1;
	uint64_t measured_now, elapsed_now;

	stats_times(&measured_now, &elapsed_now);
	if (measured_now > measured && elapsed_now > elapsed)
		last = (double)(elapsed_now - elapsed) / (measured_now - measured);
	measured = measured_now;
	elapsed = elapsed_now;
	return last < 1 ? 1 : last;
}

static uint64_t rss_bytes(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f && fscanf(f, "%*u %lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

static void put_program_cost(struct program *p, double factor)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);

	if (p->fd < 0 || p->iterator || bpf_obj_get_info_by_fd(p->fd, &info, &size))
		return;
	p->run_ns += (info.run_time_ns - p->seen_ns) * factor;
	p->run_cnt += (info.run_cnt - p->seen_cnt) * factor;
	p->seen_ns = info.run_time_ns;
	p->seen_cnt = info.run_cnt;
	put_open(NULL, '{');
	put_str("program", p->name);
	put_u64("run_ns", p->run_ns);
	put_u64("run_cnt", p->run_cnt);
	put_close('}');
}

void emit_cost(const char *key)
{
	struct rusage use;
	double factor = scale();

	getrusage(RUSAGE_SELF, &use);
	put_open(key, '{');
	put_u64("cpu_us", (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000ULL + use.ru_utime.tv_usec +
				  use.ru_stime.tv_usec);
	put_u64("rss_bytes", rss_bytes());
	put_open("bpf", '[');
	put_program_cost(&dispatch, factor); /* with what those cost to which it dispatched */
	for (int i = 0; i < SIGNALS; i++)
		for (int j = 0; j < families[i].count; j++)
			put_program_cost(&families[i].programs[j], factor);
	put_close(']');
	put_close('}');
}

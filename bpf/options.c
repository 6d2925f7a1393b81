// SPDX-License-Identifier: Apache-2.0
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emit.h"

struct options opt = {
	.wanted = { true, true, true, true, true },
	.checkpoint_ms = 10000,
	.ring_bytes = 8 << 20,
	.payload_bytes = 8 << 20,
	.max_payload = 1 << 20,
	.max_streams = 32768,
	.max_subjects = 131072,
	.max_folded = 8192,
	.max_syscall_sets = 32768,
	.max_coverage = 8192,
};

static const char usage[] =
	"Usage: ai-spm-sensor [OPTION]...\n"
	"Observes this machine by eBPF. Standard output: one JSON object a line (src/model/wire.ts), header first,\n"
	"trailer last. Standard input: commands of 4096 bytes each; its end stops the sensor.\n\n"
	"  --families LIST      these, of process,file,mapping,network,syscall (the default, and all that --now shows)\n"
	"                       and tls,plaintext,stdio,dns: what applications say\n"
	"  --disable FAMILY     not this one (repeatable)\n"
	"  --now                what exists at this moment, by iterators only, then end\n"
	"  --check              attach, all families unless some are named, print header and trailer, end\n"
	"  --checkpoint-ms N    counts this often (10000)\n"
	"  --cgroup-only        only in cgroups added by command\n"
	"  --pid-tree PID       only this process and its descendants (repeatable)\n"
	"  --ignore-pid N       not this process (repeatable, 5 times)\n"
	"  --cgroup v1|v2       whose ids to use (v2 where mounted)\n"
	"  --stats MODE         run-time statistics of the BPF programs: sampled, always or off (sampled)\n"
	"  --ring-bytes N       ring buffer, a power of two (8388608)\n"
	"  --payload-bytes N    ring buffer of what applications say, a power of two (8388608)\n"
	"  --max-payload N      of one call at most so many bytes are captured, up to 1048576 (the default)\n"
	"  --max-streams N      streams remembered (32768)\n"
	"  --max-subjects N     files, mappings and peers remembered, each family (131072)\n"
	"  --max-folded N       the same without their process, once that is full (8192)\n"
	"  --max-syscall-sets N processes times phases (32768)\n"
	"  --max-coverage N     cgroups times families (8192)\n"
	"  --refuse LIST        have these programs refused by the kernel (for tests)\n"
	"  --debug              libbpf's messages on standard error\n";

static const struct option longs[] = {
	{ "families", 1, 0, 'f' }, { "disable", 1, 0, 'd' }, { "now", 0, 0, 'n' }, { "check", 0, 0, 'c' },
	{ "checkpoint-ms", 1, 0, 'm' }, { "cgroup-only", 0, 0, 'o' }, { "pid-tree", 1, 0, 'p' },
	{ "ignore-pid", 1, 0, 'i' }, { "cgroup", 1, 0, 'g' }, { "stats", 1, 0, 's' },
	{ "ring-bytes", 1, 0, 'r' }, { "max-subjects", 1, 0, 'S' }, { "max-folded", 1, 0, 'F' },
	{ "max-syscall-sets", 1, 0, 'Y' }, { "max-coverage", 1, 0, 'C' }, { "refuse", 1, 0, 'R' },
	{ "payload-bytes", 1, 0, 'b' }, { "max-payload", 1, 0, 'P' }, { "max-streams", 1, 0, 'T' },
	{ "debug", 0, 0, 'D' }, { "help", 0, 0, 'h' }, { 0 },
};

static bool number(const char *text, uint32_t *value)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*value = n;
	return *text && !*end && n > 0 && n <= 1UL << 30;
}

static bool power_of_two(const char *text, uint32_t *value)
{
	return number(text, value) && !(*value & (*value - 1));
}

static bool family(const char *name, bool wanted)
{
	for (int i = 0; i < SIGNALS; i++)
		if (!strcmp(name, signal_names[i])) {
			opt.wanted[i] = wanted;
			return true;
		}
	return false;
}

bool refused(const char *program)
{
	size_t n = strlen(program);

	for (const char *at = opt.refuse; at && (at = strstr(at, program)); at += n)
		if ((at == opt.refuse || at[-1] == ',') && (!at[n] || at[n] == ','))
			return true;
	return false;
}

static bool families_named, disabled[SIGNALS];

static bool disable(const char *name)
{
	if (!family(name, false))
		return false;
	for (int i = 0; i < SIGNALS; i++)
		disabled[i] |= !strcmp(signal_names[i], name);
	return true;
}

static bool family_list(char *list)
{
	families_named = true;
	memset(opt.wanted, 0, sizeof(opt.wanted));
	for (char *name = strtok(list, ","); name; name = strtok(NULL, ","))
		if (!family(name, true))
			return false;
	return true;
}

static bool ignore(const char *text)
{
	return opt.ignored < IGNORE_MAX && number(text, &opt.ignore[opt.ignored++]);
}

static bool hierarchy(const char *name)
{
	opt.hierarchy = name;
	return !strcmp(name, "v1") || !strcmp(name, "v2");
}

static bool stats(const char *mode)
{
	static const char *const modes[] = { "sampled", "always", "off" };

	for (int i = 0; i < 3; i++)
		if (!strcmp(mode, modes[i])) {
			opt.stats = i;
			return true;
		}
	return false;
}

static bool take(int c)
{
	switch (c) {
	case 'f': return family_list(optarg);
	case 'd': return disable(optarg);
	case 'n': return opt.now = true;
	case 'c': return opt.check = true;
	case 'm': return number(optarg, &opt.checkpoint_ms);
	case 'o': return opt.cgroup_only = true;
	case 'p': return opt.tree_count < TREES_MAX && number(optarg, &opt.trees[opt.tree_count++]);
	case 'i': return ignore(optarg);
	case 'g': return hierarchy(optarg);
	case 's': return stats(optarg);
	case 'r': return power_of_two(optarg, &opt.ring_bytes);
	case 'b': return power_of_two(optarg, &opt.payload_bytes);
	case 'P': return number(optarg, &opt.max_payload) && opt.max_payload <= 1 << 20;
	case 'T': return number(optarg, &opt.max_streams);
	case 'S': return number(optarg, &opt.max_subjects);
	case 'F': return number(optarg, &opt.max_folded);
	case 'Y': return number(optarg, &opt.max_syscall_sets);
	case 'C': return number(optarg, &opt.max_coverage);
	case 'R': return (opt.refuse = optarg);
	case 'D': return opt.debug = true;
	}
	return false;
}

/* Returns -1 to go on, otherwise the exit code. */
int options_parse(int argc, char **argv)
{
	int c;

	opt.ignore[opt.ignored++] = getpid();
	opt.ignore[opt.ignored++] = getppid();
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h')
			return fputs(usage, stdout), 0;
		if (c == '?')
			return 2;
		if (!take(c))
			return fprintf(stderr, "ai-spm-sensor: bad value: %s\n", optarg), 2;
	}
	for (int i = SIG_TLS; opt.check && !families_named && i < SIGNALS; i++)
		opt.wanted[i] = !disabled[i];
	if (optind < argc)
		return fprintf(stderr, "ai-spm-sensor: unexpected argument: %s\n", argv[optind]), 2;
	return -1;
}

// SPDX-License-Identifier: Apache-2.0
// The floor: probes that do nothing, at the places of a file, by the mechanism that the sensor would use here.
// Usage: empty-uprobes FILE OFFSET|rOFFSET...   (r: at the function's return); ends with its input.
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PLACES_MAX 96
#define UPROBE_MULTI 48

static long bpf(int cmd, void *attr, unsigned int size)
{
	return syscall(SYS_bpf, cmd, attr, size);
}

static int load(int attach_type)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_KPROBE,
		.insns = (uintptr_t)code,
		.insn_cnt = 2,
		.license = (uintptr_t)"GPL",
		.expected_attach_type = attach_type,
	};

	return bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int attach_multi(const char *path, const uint64_t *offsets, unsigned int count, int at_return)
{
	struct {
		uint32_t prog, target, type, flags;
		uint64_t path, offsets, counters, cookies;
		uint32_t count, multi_flags, pid, unused;
	} attr = { load(UPROBE_MULTI), 0, UPROBE_MULTI, 0, (uintptr_t)path, (uintptr_t)offsets, 0, 0, count, at_return };

	return count ? bpf(BPF_LINK_CREATE, &attr, sizeof(attr)) : 0;
}

static int attach_each(const char *path, const uint64_t *offsets, unsigned int count, int at_return)
{
	FILE *f = fopen("/sys/bus/event_source/devices/uprobe/type", "r");
	int type, prog = load(0);

	if (!f || fscanf(f, "%d", &type) != 1)
		return -1;
	for (unsigned int i = 0; i < count; i++) {
		struct perf_event_attr event = { .size = sizeof(event), .type = type, .config = at_return,
						 .config1 = (uintptr_t)path, .config2 = offsets[i] };
		union bpf_attr attr = { .link_create = { .prog_fd = prog, .attach_type = BPF_PERF_EVENT } };

		attr.link_create.target_fd = syscall(SYS_perf_event_open, &event, -1, 0, -1, 0);
		if (bpf(BPF_LINK_CREATE, &attr, sizeof(attr)) < 0)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t offsets[2][PLACES_MAX];
	unsigned int count[2] = { 0, 0 };
	char byte;

	for (int i = 2; i < argc && i < PLACES_MAX; i++) {
		int at_return = argv[i][0] == 'r';

		offsets[at_return][count[at_return]++] = strtoull(argv[i] + at_return, NULL, 10);
	}
	for (int at_return = 0; at_return < 2; at_return++)
		if (attach_multi(argv[1], offsets[at_return], count[at_return], at_return) < 0 &&
		    attach_each(argv[1], offsets[at_return], count[at_return], at_return) < 0)
			return perror("empty-uprobes"), 1;
	printf("attached\n");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	return 0;
}

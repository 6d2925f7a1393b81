// SPDX-License-Identifier: Apache-2.0
/*
 * Probes at file offsets of an image. Since Linux 6.6 (89ae89f53d20) one link takes all places of a program: it is made,
 * and let go, at once, and its probes are cheaper. Before, each place is a perf event with a link of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "images.h"

#define TRACE_UPROBE_MULTI 48
#define MULTI_RETURN 1
#define MAP_FILE "/sys/bus/event_source/devices/uprobe/type"

/* The part of union bpf_attr that Debian's headers do not have yet. */
struct multi_attr {
	__u32 prog_fd, target_fd, attach_type, flags;
	__u64 path, offsets, ref_ctr_offsets, cookies;
	__u32 count, multi_flags, pid, unused;
};

bool uprobes_multi(void)
{
	static int known = -1;
	struct btf *kernel;

	if (known < 0) {
		kernel = btf__load_vmlinux_btf();
		known = kernel && btf__find_by_name_kind(kernel, "bpf_uprobe_multi_link", BTF_KIND_STRUCT) >= 0 &&
			!(opt.refuse && !strcmp(opt.refuse, "uprobe_multi"));
		btf__free(kernel);
	}
	return known;
}

static bool on_image(const char *hook)
{
	return !strcmp(hook, "uprobe") || !strcmp(hook, "uretprobe");
}

/* A program that waits for an image. */
bool uprobes_prepare(struct bpf_program *prog)
{
	if (!on_image(bpf_program__section_name(prog)))
		return false;
	if (uprobes_multi())
		bpf_program__set_expected_attach_type(prog, TRACE_UPROBE_MULTI);
	return true;
}

static const char *program_of(enum library library, const struct place *place)
{
	bool go = library == LIB_GO;

	if (place->function == TLS_FREE)
		return go ? "tls_go_close" : "tls_free";
	if (place->exit)
		return go ? "tls_go_exit" : "tls_exit";
	return go ? "tls_go_enter" : "tls_enter";
}

static int program_fd(const char *name)
{
	const struct family *f = &families[SIG_TLS];

	for (int i = 0; i < f->count; i++)
		if (f->programs[i].failed == STAGE_NONE && !strcmp(f->programs[i].name, name))
			return f->programs[i].fd;
	return -1;
}

/* The kernel's own return probe, which a goroutine's moving stack would not survive. */
static bool is_return(enum library library, const struct place *place)
{
	return place->exit && library != LIB_GO;
}

static int attach_multi(const char *path, const struct finding *what, const char *program, uint32_t slot)
{
	static __u64 offsets[PLACES_MAX], cookies[PLACES_MAX];
	struct multi_attr attr = {
		.prog_fd = program_fd(program),
		.attach_type = TRACE_UPROBE_MULTI,
		.path = (uintptr_t)path,
		.offsets = (uintptr_t)offsets,
		.cookies = (uintptr_t)cookies,
	};
	int fd;

	for (int i = 0; i < what->count; i++) {
		const struct place *place = &what->places[i];

		if (strcmp(program_of(what->library, place), program))
			continue;
		offsets[attr.count] = place->off;
		cookies[attr.count++] = TLS_COOKIE(place->function, slot);
		attr.multi_flags = is_return(what->library, place) ? MULTI_RETURN : 0;
	}
	fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	return fd < 0 ? -errno : fd;
}

static int pmu_type(void)
{
	static int type = -1;
	FILE *f = type < 0 ? fopen(MAP_FILE, "re") : NULL;

	if (f && fscanf(f, "%d", &type) != 1)
		type = -1;
	if (f)
		fclose(f);
	return type;
}

static int attach_one(const char *path, const struct finding *what, const struct place *place, uint32_t slot)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .perf_event.bpf_cookie = TLS_COOKIE(place->function, slot));
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = pmu_type(),
		.config = is_return(what->library, place),
		.config1 = (uintptr_t)path,
		.config2 = place->off,
	};
	int event = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC), link;

	if (event < 0)
		return -errno;
	link = bpf_link_create(program_fd(program_of(what->library, place)), event, BPF_PERF_EVENT, &opts);
	close(event); /* the link holds it */
	return link;
}

static int give_up(int *links, int count, int err)
{
	while (count > 0)
		close(links[--count]);
	return err;
}

/* One link for each program that has a place, in the order in which the places name them. */
static int attach_programs(const char *path, const struct finding *what, uint32_t slot, int *links)
{
	int count = 0;

	for (int i = 0; i < what->count; i++) {
		const char *program = program_of(what->library, &what->places[i]);
		bool done = false;
		int link;

		for (int k = 0; k < i; k++)
			done |= !strcmp(program_of(what->library, &what->places[k]), program);
		if (done)
			continue;
		link = attach_multi(path, what, program, slot);
		if (link < 0)
			return give_up(links, count, link);
		links[count++] = link;
	}
	return count;
}

int uprobes_attach(int fd, const struct finding *what, uint32_t slot, int *links)
{
	char path[64];
	int count = 0;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (uprobes_multi())
		return attach_programs(path, what, slot, links);
	for (int i = 0; i < what->count; i++) {
		int link = attach_one(path, what, &what->places[i], slot);

		if (link < 0)
			return give_up(links, count, link);
		links[count++] = link;
	}
	return count;
}

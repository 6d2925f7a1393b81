// SPDX-License-Identifier: Apache-2.0
/*
 * Programs that hang on the exits of a few system calls share one that is attached (probes/dispatch.bpf.c). Where the
 * kernel refuses it, or the program's name is not known here, each is attached by itself and sorts out its own calls.
 */
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "calls.h"
#include "sensor.h"
#include "dispatch.skel.h"

#define TAKES_MAX 4

static const struct {
	const char *program;
	int count, calls[TAKES_MAX];
} TAKES[] = {
	{ "file_open", 4, { OPEN_CALLS } },
	{ "mapping_mmap", 1, { MAP_CALLS } },
	{ "stdio_write", 2, { WRITE_CALLS } },
	{ "stdio_splice", 4, { SPLICE_CALLS } },
	{ "network_call", 4, { PEER_CALLS } },
};

struct program dispatch = { .name = "dispatch_exit", .fd = -1, .failed = STAGE_SKIPPED };
static struct bpf_object *object;

static struct bpf_object *load(void)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "dispatch");
	size_t size;
	const void *elf = dispatch_bpf__elf_bytes(&size);
	struct bpf_object *obj = bpf_object__open_mem(elf, size, &opts);

	if (!obj)
		return NULL;
	if (refused(dispatch.name))
		bpf_program__set_expected_attach_type(bpf_object__next_program(obj, NULL), BPF_MODIFY_RETURN);
	if (!bpf_object__load(obj))
		return obj;
	bpf_object__close(obj);
	return NULL;
}

/* At the first program that needs it. */
static bool started(void)
{
	struct bpf_program *prog;

	if (dispatch.failed != STAGE_SKIPPED)
		return dispatch.failed == STAGE_NONE;
	dispatch.failed = STAGE_LOAD;
	object = load();
	if (!object)
		return false;
	prog = bpf_object__next_program(object, NULL);
	dispatch.link = bpf_program__attach(prog);
	dispatch.failed = dispatch.link ? STAGE_NONE : STAGE_ATTACH;
	dispatch.fd = dispatch.link ? bpf_program__fd(prog) : -1;
	return dispatch.link;
}

static void give_back(int takers, const int *calls, int count)
{
	for (int i = 0; i < count; i++)
		if (calls[i] >= 0)
			bpf_map_delete_elem(takers, &calls[i]);
}

/* A call has one taker: what asks for another's is attached by itself. */
static bool hand_over(const int *calls, int count, int fd)
{
	static bool taken[CALLS_MAX];
	int takers = bpf_object__find_map_fd_by_name(object, "takers");

	for (int i = 0; i < count; i++)
		if (calls[i] >= 0 && taken[calls[i]])
			return false;
	for (int i = 0; i < count; i++) {
		if (calls[i] < 0)
			continue; /* not on this architecture */
		if (bpf_map_update_elem(takers, &calls[i], &fd, BPF_ANY)) {
			give_back(takers, calls, i);
			return false;
		}
	}
	for (int i = 0; i < count; i++)
		if (calls[i] >= 0)
			taken[calls[i]] = true;
	return true;
}

/* Has the calls that the program takes dispatched to it; false where it has to be attached by itself. */
bool dispatch_to(const char *program, int fd)
{
	for (size_t i = 0; i < sizeof(TAKES) / sizeof(TAKES[0]); i++)
		if (!strcmp(TAKES[i].program, program))
			return started() && hand_over(TAKES[i].calls, TAKES[i].count, fd);
	return false;
}

void dispatch_detach(void)
{
	bpf_link__destroy(dispatch.link);
	dispatch.link = NULL;
}

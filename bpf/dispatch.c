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

static const char *const TAKES[TAKERS] = {
	[TAKER_OPEN] = "file_open",	  [TAKER_MAP] = "mapping_mmap",	 [TAKER_WRITE] = "stdio_write",
	[TAKER_SPLICE] = "stdio_splice", [TAKER_PEER] = "network_call",
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

/* Has the calls that the program takes dispatched to it; false where it has to be attached by itself. */
bool dispatch_to(const char *program, int fd)
{
	for (int i = 0; i < TAKERS; i++)
		if (!strcmp(TAKES[i], program))
			return started() && !bpf_map_update_elem(bpf_object__find_map_fd_by_name(object, "takers"), &i, &fd,
								 BPF_ANY);
	return false;
}

void dispatch_none(const char *program)
{
	for (int i = 0; i < TAKERS; i++)
		if (object && !strcmp(TAKES[i], program))
			bpf_map_delete_elem(bpf_object__find_map_fd_by_name(object, "takers"), &i);
}

void dispatch_detach(void)
{
	bpf_link__destroy(dispatch.link);
	dispatch.link = NULL;
}

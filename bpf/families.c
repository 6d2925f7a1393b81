// SPDX-License-Identifier: Apache-2.0
/*
 * Every program stands on its own. A BPF object loads as a whole or not at all, so a family that is refused is tried
 * program by program; those that passed are loaded together. NAME__alt stands in where NAME was refused.
 */
#include <errno.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "sensor.h"
#include "process.skel.h"
#include "file.skel.h"
#include "mapping.skel.h"
#include "network.skel.h"
#include "syscall.skel.h"
#include "plaintext.skel.h"
#include "tls.skel.h"
#include "stdio.skel.h"
#include "dns.skel.h"

struct family families[SIGNALS] = {
	[SIG_PROCESS] = { .name = "process", .elf = process_bpf__elf_bytes },
	[SIG_FILE] = { .name = "file", .elf = file_bpf__elf_bytes },
	[SIG_MAPPING] = { .name = "mapping", .elf = mapping_bpf__elf_bytes },
	[SIG_NETWORK] = { .name = "network", .elf = network_bpf__elf_bytes },
	[SIG_SYSCALL] = { .name = "syscall", .elf = syscall_bpf__elf_bytes },
	[SIG_TLS] = { .name = "tls", .elf = tls_bpf__elf_bytes },
	[SIG_PLAINTEXT] = { .name = "plaintext", .elf = plaintext_bpf__elf_bytes },
	[SIG_STDIO] = { .name = "stdio", .elf = stdio_bpf__elf_bytes },
	[SIG_DNS] = { .name = "dns", .elf = dns_bpf__elf_bytes },
};

static struct program *alt_of(struct family *f, const struct program *p)
{
	size_t n = strlen(p->name);

	for (int i = 0; i < f->count; i++)
		if (!strncmp(f->programs[i].name, p->name, n) &&
		    !strcmp(f->programs[i].name + n, "__alt"))
			return &f->programs[i];
	return NULL;
}

static void fail(struct program *p, enum stage stage, int err, const char *why)
{
	p->failed = stage;
	p->err = err;
	p->why = why;
}

static struct bpf_object *open_family(struct family *f)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = f->name);
	size_t size;
	const void *elf = f->elf(&size);
	struct bpf_object *obj = bpf_object__open_mem(elf, size, &opts);

	if (obj && maps_prepare(obj)) {
		bpf_object__close(obj);
		return NULL;
	}
	return obj;
}

static void list_programs(struct family *f, struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj) {
		struct program *p = &f->programs[f->count];

		if (f->count == PROGRAMS_MAX)
			return;
		strncpy(p->name, bpf_program__name(prog), sizeof(p->name) - 1);
		strncpy(p->hook, bpf_program__section_name(prog), sizeof(p->hook) - 1);
		p->iterator = !strncmp(p->hook, "iter/", 5);
		p->fd = -1;
		if (opt.now && !p->iterator)
			fail(p, STAGE_SKIPPED, 0, "iterators only");
		else if (hook_missing(p->hook))
			fail(p, STAGE_LOAD, ESRCH, "no such tracepoint in this kernel");
		f->count++;
	}
}

/* Loads a fresh object with the programs that have not failed, or with `only` alone. Returns it, or NULL. */
static struct bpf_object *load_object(struct family *f, const struct program *only, int *err)
{
	struct bpf_object *obj = open_family(f);

	if (!obj) {
		*err = errno;
		return NULL;
	}
	for (int i = 0; i < f->count; i++) {
		struct program *p = &f->programs[i];
		struct bpf_program *prog = bpf_object__find_program_by_name(obj, p->name);

		bpf_program__set_autoload(prog, only ? p == only : p->failed == STAGE_NONE);
		uprobes_prepare(prog);
		/* There is no such target then, as on a kernel that lacks the hook. */
		if (refused(p->name))
			bpf_program__set_expected_attach_type(prog, BPF_MODIFY_RETURN);
	}
	*err = -bpf_object__load(obj);
	if (!*err)
		return obj;
	bpf_object__close(obj);
	return NULL;
}

static void try_alone(struct family *f, struct program *p)
{
	int err;
	struct bpf_object *obj = load_object(f, p, &err);

	if (obj)
		bpf_object__close(obj);
	else
		fail(p, STAGE_LOAD, err, NULL);
}

static void try_each(struct family *f)
{
	for (int i = 0; i < f->count; i++) {
		struct program *p = &f->programs[i], *alt;

		if (p->failed != STAGE_NONE)
			continue;
		try_alone(f, p);
		alt = alt_of(f, p);
		if (p->failed != STAGE_NONE && alt && alt->failed == STAGE_SKIPPED) {
			fail(alt, STAGE_NONE, 0, NULL);
			try_alone(f, alt);
		}
	}
}

static void attach(struct family *f, struct program *p)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(f->obj, p->name);

	p->fd = bpf_program__fd(prog);
	if (uprobes_prepare(prog)) { /* attached to images, by command */
		f->attached_at = boot_ns();
		return;
	}
	if (!dispatch_to(p->name, p->fd) && !(p->link = bpf_program__attach(prog))) {
		fail(p, STAGE_ATTACH, errno, NULL);
		return;
	}
	f->attached_at = boot_ns();
}

/* An alternative waits until its better is known to be missing or refused. */
static void set_alternatives_aside(struct family *f)
{
	for (int i = 0; i < f->count; i++) {
		struct program *alt = alt_of(f, &f->programs[i]);

		if (alt && f->programs[i].failed == STAGE_NONE)
			fail(alt, STAGE_SKIPPED, 0, "the better hook is there");
	}
}

static void load_family(struct family *f)
{
	struct bpf_object *obj = open_family(f);
	int err = errno;

	if (!obj) {
		struct program *p = &f->programs[f->count++];

		strncpy(p->name, f->name, sizeof(p->name) - 1);
		fail(p, STAGE_OPEN, err, NULL);
		return;
	}
	list_programs(f, obj);
	bpf_object__close(obj);
	set_alternatives_aside(f);
	f->obj = load_object(f, NULL, &err);
	if (!f->obj) {
		try_each(f);
		f->obj = load_object(f, NULL, &err);
	}
	for (int i = 0; i < f->count; i++) {
		struct program *p = &f->programs[i];

		if (p->failed != STAGE_NONE)
			continue;
		if (f->obj)
			attach(f, p);
		else
			fail(p, STAGE_LOAD, err, NULL);
	}
}

void families_load(void)
{
	for (int i = 0; i < SIGNALS; i++)
		if (opt.wanted[i] && families[i].elf)
			load_family(&families[i]);
}

static void detach(struct program *p)
{
	bpf_link__destroy(p->link);
	p->link = NULL;
}

/* One that says what applications say, for good: probes on images are let go of by image-detach. */
int family_detach(uint32_t signal)
{
	if (signal < SIG_TLS || signal >= SIGNALS)
		return EINVAL;
	for (int i = 0; i < families[signal].count; i++) {
		dispatch_none(families[signal].programs[i].name);
		detach(&families[signal].programs[i]);
	}
	return 0;
}

void families_detach(void)
{
	dispatch_detach();
	for (int i = 0; i < SIGNALS; i++)
		for (int j = 0; j < families[i].count; j++)
			detach(&families[i].programs[j]);
}

bool program_attached(enum signal signal, const char *name)
{
	struct family *f = &families[signal];

	for (int i = 0; i < f->count; i++)
		if (!strncmp(f->programs[i].name, name, strlen(name)) && f->programs[i].failed == STAGE_NONE)
			return true;
	return false;
}

int family_map(enum signal signal, const char *name)
{
	return families[signal].obj ? bpf_object__find_map_fd_by_name(families[signal].obj, name) : -1;
}

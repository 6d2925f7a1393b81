// SPDX-License-Identifier: Apache-2.0
/* Maps that every family uses are made once; the sizes of all come from the command line. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "sensor.h"

#define SCOPE_MAX 16384

struct shared_maps shared = { -1, -1, -1, -1, -1, -1, -1, -1 };

static int make(enum bpf_map_type type, const char *name, __u32 key, __u32 value, __u32 entries)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = type == BPF_MAP_TYPE_HASH ? BPF_F_NO_PREALLOC : 0);

	return bpf_map_create(type, name, key, value, entries, &opts);
}

/* For the families that look into what applications say: where none is on, nothing is allocated. */
static bool make_payload_maps(void)
{
	bool wanted = false;

	for (int i = SIG_TLS; i < SIGNALS; i++)
		wanted |= opt.wanted[i];
	if (!wanted)
		return true;
	shared.payloads = make(BPF_MAP_TYPE_RINGBUF, "payloads", 0, 0, opt.payload_bytes);
	shared.streams = make(BPF_MAP_TYPE_LRU_HASH, "streams", 8, sizeof(struct stream), opt.max_streams);
	shared.stream_limits = make(BPF_MAP_TYPE_LRU_HASH, "stream_limits", 8, 4, opt.max_streams);
	return shared.payloads >= 0 && shared.streams >= 0 && shared.stream_limits >= 0;
}

/* How many bytes of a call of this stream to capture from now on. Returns 0 or a positive errno. */
int stream_mode(uint64_t id, uint32_t max)
{
	struct stream stream;

	if (shared.streams < 0 || bpf_map_lookup_elem(shared.streams, &id, &stream))
		return ENOENT;
	return bpf_map_update_elem(shared.stream_limits, &id, &max, BPF_ANY) ? errno : 0;
}

/* Returns 0 or a positive errno. */
int maps_create(void)
{
	shared.events = make(BPF_MAP_TYPE_RINGBUF, "events", 0, 0, opt.ring_bytes);
	shared.coverage = make(BPF_MAP_TYPE_HASH, "coverage", sizeof(struct cover_key), sizeof(struct cover),
			       opt.max_coverage);
	shared.scope_cgroups = make(BPF_MAP_TYPE_HASH, "scope_cgroups", 8, 1, SCOPE_MAX);
	shared.scope_pids = make(BPF_MAP_TYPE_HASH, "scope_pids", 4, 1, SCOPE_MAX);
	shared.scope_generation = make(BPF_MAP_TYPE_ARRAY, "scope_gen", 4, 8, 1);
	if (shared.events < 0 || shared.coverage < 0 || shared.scope_cgroups < 0 || shared.scope_pids < 0 ||
	    shared.scope_generation < 0 || !make_payload_maps())
		return errno;
	/* Where counters of cgroups go that find the map full. */
	for (__u64 signal = 0; signal < SIGNALS; signal++) {
		struct cover_key key = { .cg = 0, .signal = signal };
		struct cover zero = { 0 };

		bpf_map_update_elem(shared.coverage, &key, &zero, BPF_ANY);
	}
	return 0;
}

static void configure(struct bpf_object *obj)
{
	static __u64 seed;
	struct bpf_map *map = bpf_object__find_map_by_name(obj, ".rodata.cfg");
	struct config cfg = {
		.scoped = opt.cgroup_only || opt.tree_count,
		.cgroup_v1 = cgroups_v1(),
		.wake_bytes = opt.ring_bytes / 8,
		.payload_ring = opt.payload_bytes,
		.payload_max = opt.max_payload,
		.wake_code = opt.wanted[SIG_TLS],
	};

	if (!seed && getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = boot_ns();
	cfg.seed = seed;
	memcpy(cfg.ignore, opt.ignore, sizeof(cfg.ignore));
	bpf_map__set_initial_value(map, &cfg, sizeof(cfg));
}

/* Before an object is loaded: shared maps in, sizes and configuration set. */
int maps_prepare(struct bpf_object *obj)
{
	const struct {
		const char *name;
		int fd;
		__u32 entries;
	} known[] = {
		{ "events", shared.events, 0 },
		{ "coverage", shared.coverage, 0 },
		{ "scope_cgroups", shared.scope_cgroups, 0 },
		{ "scope_pids", shared.scope_pids, 0 },
		{ "scope_generation", shared.scope_generation, 0 },
		{ "payloads", shared.payloads, 0 },
		{ "streams", shared.streams, 0 },
		{ "stream_limits", shared.stream_limits, 0 },
		{ "subjects", -1, opt.max_subjects },
		{ "folded", -1, opt.max_folded },
		{ "syscall_sets", -1, opt.max_syscall_sets },
		{ "folded_sets", -1, opt.max_folded },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(obj, known[i].name);
		int err = 0;

		if (!map)
			continue;
		err = known[i].fd >= 0 ? bpf_map__reuse_fd(map, known[i].fd) :
					 bpf_map__set_max_entries(map, known[i].entries);
		if (err) {
			errno = -err;
			return err;
		}
	}
	configure(obj);
	return 0;
}

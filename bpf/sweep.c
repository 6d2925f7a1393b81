// SPDX-License-Identifier: Apache-2.0
/*
 * Counts. Maps are read, never drained: an entry is deleted only after its process has gone and its last count has
 * been written. What changed since the last sweep is told by the entry's own time stamp.
 */
#include <errno.h>
#include <stdlib.h>
#include <bpf/bpf.h>

#include "emit.h"
#include "idset.h"

#define BATCH 2048
/* A count is added a moment before its time stamp is set; such an entry is written twice rather than never. */
#define MARGIN_NS 100000000ULL
#define EXITED_MAX 32768

static struct idset exited; /* process instances gone since the last sweep */
static struct idset alive; /* 1: seen alive, 2: seen gone, in this sweep */
static uint64_t since; /* ns: entries touched later are written */
static uint64_t seen, seen_at_sweep;
static bool check_alive; /* exits may have been missed */

/* Both fit one id: pids have 22 bits, and two starts of one pid differ in the lower 42. */
static uint64_t instance(uint32_t pid, uint64_t start)
{
	return (uint64_t)pid << 42 ^ start;
}

void sweep_exited(uint32_t pid, uint64_t start)
{
	idset_put(&exited, instance(pid, start), 1);
}

void sweep_seen(void)
{
	seen++;
}

/* Before the next checkpoint: the maps fill up, or much has exited. */
bool sweep_due(void)
{
	return exited.used > EXITED_MAX || seen - seen_at_sweep > opt.max_subjects / 2;
}

static bool gone(uint32_t pid, uint64_t start)
{
	uint64_t id = instance(pid, start);
	uint8_t *state;

	if (idset_find(&exited, id))
		return true;
	if (!check_alive || !pid)
		return false;
	state = idset_find(&alive, id);
	if (!state) {
		idset_put(&alive, id, same_process(pid, start) ? 1 : 2);
		state = idset_find(&alive, id);
	}
	return *state == 2;
}

static bool one_subject(const void *key, const void *value)
{
	const struct subject *s = value;

	/* An entry whose first-seen record was lost is known to nobody; the loss is in the coverage. */
	if (s->last >= since && s->emitted)
		emit_count(*(const uint64_t *)key, s);
	return s->pid && gone(s->pid, s->start);
}

static bool one_set(const void *key, const void *value)
{
	const struct syscall_key *k = key;
	const struct syscall_set *set = value;

	if (set->last >= since)
		emit_syscalls(k, set);
	return k->pid && gone(k->pid, k->start);
}

static bool one_cover(const void *key, const void *value)
{
	const struct cover *c = value;
	const struct cover_key *k = key;

	if (c->last >= since && c->attempted + c->collapsed > 0) {
		emit_coverage(k, c);
		check_alive |= k->signal == SIG_PROCESS && c->lost > 0;
	}
	/* Else the counters of pods long gone would fill the map, and new ones share those of cgroup 0. */
	return k->cg && cgroups_is_gone(k->cg);
}

/* `one` returns true for an entry to delete. */
static void each(int fd, size_t key_size, size_t value_size, bool (*one)(const void *key, const void *value))
{
	/* A batch of whichever map is read. */
	static union { uint64_t subject; struct syscall_key set; struct cover_key cover; } keys_of[BATCH];
	static union { struct subject subject; struct syscall_set set; struct cover cover; } values_of[BATCH];
	char *keys = (char *)keys_of, *values = (char *)values_of;
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	uint64_t position;
	bool more = fd >= 0, started = false;

	while (more) {
		uint32_t count = BATCH;
		int err = bpf_map_lookup_batch(fd, started ? &position : NULL, &position, keys, values, &count, &opts);

		if (err && err != -ENOENT) {
			emit_log("error", "reading a map failed: errno %d", -err);
			return;
		}
		for (uint32_t i = 0; i < count; i++)
			if (one(keys + i * key_size, values + i * value_size))
				bpf_map_delete_elem(fd, keys + i * key_size);
		started = true;
		more = !err;
	}
}

static void sweep_all(void)
{
	each(shared.coverage, sizeof(struct cover_key), sizeof(struct cover), one_cover);
	for (int i = 0; i < SIGNALS; i++) {
		each(family_map(i, "subjects"), 8, sizeof(struct subject), one_subject);
		each(family_map(i, "folded"), 8, sizeof(struct subject), one_subject);
		each(family_map(i, "syscall_sets"), sizeof(struct syscall_key), sizeof(struct syscall_set), one_set);
		each(family_map(i, "folded_sets"), sizeof(struct syscall_key), sizeof(struct syscall_set), one_set);
	}
}

void checkpoint(void)
{
	static uint64_t seq;
	uint64_t now = boot_ns();

	check_alive |= !program_attached(SIG_PROCESS, "process_exit");
	sweep_all();
	cgroups_flush_gone();
	since = now > MARGIN_NS ? now - MARGIN_NS : 0;
	seen_at_sweep = seen;
	idset_clear(&exited);
	idset_clear(&alive);
	check_alive = false;
	emit_checkpoint(seq++);
}

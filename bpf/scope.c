// SPDX-License-Identifier: Apache-2.0
/* What is captured. A cgroup stands for everything below it. */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "sensor.h"

#define DEPTH_MAX 32

static void changed(void)
{
	static uint64_t generation;
	uint32_t zero = 0;

	generation++;
	bpf_map_update_elem(shared.scope_generation, &zero, &generation, BPF_ANY);
}

static bool fresh;

static int set(uint64_t id, bool add)
{
	uint8_t state = SCOPE_FRESH, old;

	if (add && !bpf_map_lookup_elem(shared.scope_cgroups, &id, &old))
		return 0;
	if (add) {
		fresh = true;
		return bpf_map_update_elem(shared.scope_cgroups, &id, &state, BPF_ANY) ? errno : 0;
	}
	bpf_map_delete_elem(shared.scope_cgroups, &id);
	return 0;
}

/* The inode number of a kernfs directory is its cgroup's id (64-bit machines). Consumes `fd`. */
static int walk(int fd, bool add, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	struct stat st;
	int err;

	if (!dir)
		return close(fd), errno;
	err = fstat(fd, &st) ? errno : set(st.st_ino, add);
	while (!err && depth < DEPTH_MAX && (entry = readdir(dir))) {
		int sub;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		sub = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0)
			err = walk(sub, add, depth + 1);
	}
	closedir(dir);
	return err;
}

/* An update moves the entry to its bucket's head, so the walk meets it again: then it must stay where it is. */
static void settle(int map)
{
	uint64_t key = 0, next; /* large enough for either map's */
	uint8_t state;
	void *at = NULL;

	while (!bpf_map_get_next_key(map, at, &next)) {
		key = next;
		at = &key;
		if (bpf_map_lookup_elem(map, &key, &state) || state == SCOPE_SETTLED)
			continue;
		state = SCOPE_SETTLED;
		bpf_map_update_elem(map, &key, &state, BPF_EXIST);
	}
}

bool scope_is_fresh(void)
{
	return fresh;
}

void scope_settle(void)
{
	fresh = false;
	settle(shared.scope_cgroups);
	settle(shared.scope_pids);
}

/* Returns 0 or a positive errno. */
int scope_cgroup(uint64_t id, bool add)
{
	char path[4096], full[4608];
	int err = cgroups_path(id, path, sizeof(path)), fd;

	if (err && add)
		return err;
	if (!err) {
		snprintf(full, sizeof(full), "%s%s", cgroups_mount(), path);
		fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = fd < 0 ? errno : walk(fd, add, 0);
	} else {
		err = set(id, false); /* its directory is gone, and so are those below */
	}
	changed();
	return err;
}

static uint32_t parent_of(uint32_t pid)
{
	char name[64], line[512];
	uint32_t ppid = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%u/stat", pid);
	f = fopen(name, "re");
	if (f && fgets(line, sizeof(line), f) && strrchr(line, ')'))
		sscanf(strrchr(line, ')') + 2, "%*c %u", &ppid);
	if (f)
		fclose(f);
	return ppid;
}

/* One pass over /proc: adds each process whose parent is in. Returns how many came in. */
static int add_children(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int added = 0;

	while (proc && (entry = readdir(proc))) {
		uint32_t pid = strtoul(entry->d_name, NULL, 10), ppid;
		uint8_t state = SCOPE_FRESH, old;

		if (!pid || !bpf_map_lookup_elem(shared.scope_pids, &pid, &old))
			continue;
		ppid = parent_of(pid);
		if (ppid && !bpf_map_lookup_elem(shared.scope_pids, &ppid, &old))
			added += !bpf_map_update_elem(shared.scope_pids, &pid, &state, BPF_ANY);
	}
	if (proc)
		closedir(proc);
	return added;
}

/* After the fork hook is attached: what is born meanwhile is added by either. */
int scope_start(void)
{
	uint8_t state = SCOPE_FRESH;

	if (!opt.tree_count)
		return 0;
	for (int i = 0; i < opt.tree_count; i++)
		if (bpf_map_update_elem(shared.scope_pids, &opt.trees[i], &state, BPF_ANY))
			return errno;
	while (add_children() > 0)
		;
	changed();
	return 0;
}

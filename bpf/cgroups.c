// SPDX-License-Identifier: Apache-2.0
/* Cgroup ids to paths: a kernfs id is a file handle of its hierarchy, so the kernel itself looks it up. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emit.h"
#include "idset.h"

#define FILEID_KERNFS 0xfe

static char mount_path[512];
static int mount_fd = -1;
static bool v1;
/* 1: named in the stream; 2: gone, to be said after its last counts; 3: said. */
static struct idset known;

const char *cgroups_mount(void)
{
	return mount_path;
}

bool cgroups_v1(void)
{
	return v1;
}

/* Finds a cgroup2 mount, or the memory controller's. */
static bool find_mount(bool want_v1)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	bool found = false;

	while (mounts && !found && (m = getmntent(mounts))) {
		found = want_v1 ? !strcmp(m->mnt_type, "cgroup") && hasmntopt(m, "memory") :
				  !strcmp(m->mnt_type, "cgroup2");
		if (found)
			snprintf(mount_path, sizeof(mount_path), "%s", m->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

/* Returns 0 or a positive errno: without any hierarchy ids stay without paths, and the run goes on. */
int cgroups_open(void)
{
	bool ask_v1 = opt.hierarchy && !strcmp(opt.hierarchy, "v1");

	v1 = ask_v1;
	if (!find_mount(v1)) {
		if (opt.hierarchy || !find_mount(true))
			return ENOENT;
		v1 = true;
	}
	mount_fd = open(mount_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return mount_fd < 0 ? errno : 0;
}

/* The path below the hierarchy's root, `/` for the root. Returns 0 or a positive errno. */
int cgroups_path(uint64_t id, char *path, size_t size)
{
	struct {
		struct file_handle head;
		uint64_t id;
	} handle = { .head = { .handle_bytes = 8, .handle_type = FILEID_KERNFS } };
	char link[64], full[4608];
	size_t prefix = strlen(mount_path);
	ssize_t n;
	int fd;

	memcpy(handle.head.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(mount_fd, &handle.head, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, full, sizeof(full) - 1);
	close(fd);
	if (n < 0)
		return errno;
	full[n] = 0;
	if (strncmp(full, mount_path, prefix))
		return ENOENT;
	snprintf(path, size, "%s", full[prefix] ? full + prefix : "/");
	return 0;
}

void cgroups_name(uint64_t id)
{
	char path[4096];

	if (!id || idset_find(&known, id))
		return;
	idset_put(&known, id, 1);
	/* Gone already: it stays in the output, as unresolved. */
	emit_cgroup(id, cgroups_path(id, path, sizeof(path)) ? "" : path);
}

void cgroups_made(uint64_t id, const char *path)
{
	if (idset_find(&known, id))
		return;
	idset_put(&known, id, 1);
	emit_cgroup(id, path);
}

static int on_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *below = path + strlen(mount_path);

	/* The inode number of a kernfs directory is its cgroup's id (64-bit machines). */
	if (type == FTW_D)
		cgroups_made(st->st_ino, *below ? below : "/");
	return 0;
}

void cgroups_existing(void)
{
	nftw(mount_path, on_entry, 16, FTW_PHYS | FTW_MOUNT);
}

void cgroups_gone(uint64_t id)
{
	uint8_t *state = idset_find(&known, id);

	if (state && *state == 1)
		*state = 2;
}

bool cgroups_is_gone(uint64_t id)
{
	uint8_t *state = idset_find(&known, id);

	return state && *state >= 2;
}

void cgroups_flush_gone(void)
{
	for (size_t i = 0; i < known.size; i++)
		if (known.ids[i] && known.values[i] == 2) {
			emit_cgroup_gone(known.ids[i]);
			known.values[i] = 3;
		}
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Bounded looks at what another process sees. The process is named by pid and start time, so that a reused pid
 * cannot answer; resolution cannot leave its root; what is not a regular file is never read.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "emit.h"

#define READ_MAX (1 << 20)
#define LIST_MAX (64 << 10)

/* /proc shows the start in clock ticks, rounded down. */
bool same_process(uint32_t pid, uint64_t start)
{
	char name[64], line[1024];
	unsigned long long ticks = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%u/stat", pid);
	f = fopen(name, "re");
	if (f && fgets(line, sizeof(line), f) && strrchr(line, ')'))
		/* The 22nd field; the name before may hold anything, so from its last bracket. */
		sscanf(strrchr(line, ')') + 2,
		       "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &ticks);
	if (f)
		fclose(f);
	return ticks && ticks == start / (1000000000ULL / sysconf(_SC_CLK_TCK));
}

/* Opens `path` inside the process's root. Returns a descriptor or a negative errno. */
static int open_inside(uint32_t pid, uint64_t start, const char *path, int flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	char root[64];
	int dir, fd;

	if (path[0] != '/')
		return -EINVAL;
	snprintf(root, sizeof(root), "/proc/%u/root", pid);
	dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	/* Asked after the root is held: were the pid reused before, this shows it. */
	if (!same_process(pid, start)) {
		close(dir);
		return -ESRCH;
	}
	fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	if (fd < 0)
		fd = -errno;
	close(dir);
	return fd;
}

/* A device's open may act, and a FIFO's wake somebody: looked at by O_PATH first, then opened as the same inode. */
static int open_regular(uint32_t pid, uint64_t start, const char *path)
{
	char again[64];
	struct stat st;
	int fd, held = open_inside(pid, start, path, O_PATH);

	if (held < 0)
		return held;
	if (fstat(held, &st))
		fd = -errno;
	else if (!S_ISREG(st.st_mode))
		fd = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	else {
		snprintf(again, sizeof(again), "/proc/self/fd/%d", held);
		fd = open(again, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	}
	close(held);
	return fd;
}

/* A running program that was deleted or replaced is still there as /proc/PID/exe. */
static int open_program(uint32_t pid, uint64_t start, const char *path)
{
	char exe[64], target[4096];
	ssize_t n;

	snprintf(exe, sizeof(exe), "/proc/%u/exe", pid);
	n = readlink(exe, target, sizeof(target) - 1);
	if (n <= 0)
		return -ENOENT;
	target[n] = 0;
	if (strncmp(target, path, strlen(path)) || strcmp(target + strlen(path), " (deleted)"))
		return -ENOENT;
	n = open(exe, O_RDONLY | O_CLOEXEC);
	if (n >= 0 && !same_process(pid, start)) {
		close(n);
		return -ESRCH;
	}
	return n < 0 ? -errno : n;
}

/* A regular file to look into; pid 0: of the sensor's own root. Returns a descriptor or a negative errno. */
int remote_open(uint32_t pid, uint64_t start, const char *path)
{
	struct stat st;
	int fd;

	if (!pid) {
		if (path[0] != '/')
			return -EINVAL;
		fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode))
			return fd;
		if (fd >= 0)
			close(fd);
		return fd < 0 ? -errno : -EINVAL;
	}
	fd = open_regular(pid, start, path);
	return fd == -ENOENT ? open_program(pid, start, path) : fd;
}

int remote_read(uint32_t pid, uint64_t start, const char *path, uint32_t max, uint32_t req)
{
	static char data[READ_MAX + 1];
	size_t want = max && max < READ_MAX ? max : READ_MAX, have = 0;
	int fd = open_regular(pid, start, path), err = 0;

	if (fd < 0)
		return -fd;
	while (have < want + 1) {
		ssize_t n = read(fd, data + have, want + 1 - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = errno;
		if (n <= 0)
			break;
		have += n;
	}
	close(fd);
	if (err)
		return err;
	emit_reply(req, 0, data, have > want ? want : have, have > want ? REPLY_MORE : REPLY_ALL);
	return 0;
}

int remote_list(uint32_t pid, uint64_t start, const char *path, uint32_t max, uint32_t req)
{
	static char names[LIST_MAX];
	size_t limit = max && max < LIST_MAX ? max : LIST_MAX, have = 0;
	enum reply_more more = REPLY_ALL;
	int fd = open_inside(pid, start, path, O_DIRECTORY);
	struct dirent *entry;
	DIR *dir;

	if (fd < 0)
		return -fd;
	dir = fdopendir(fd);
	if (!dir)
		return close(fd), ENOTDIR;
	while ((entry = readdir(dir))) {
		size_t n = strlen(entry->d_name) + 1;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (have + n > limit) {
			more = REPLY_MORE;
			break;
		}
		memcpy(names + have, entry->d_name, n);
		have += n;
	}
	closedir(dir);
	emit_reply(req, 0, names, have, more);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/* Commands: blocks of 4096 bytes, little-endian, as src/model/wire.ts lays them out. Anything else ends the run. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "emit.h"
#include "images.h"

enum op {
	OP_CGROUP_ADD = 1,
	OP_CGROUP_REMOVE,
	OP_IMAGE_ATTACH,
	OP_IMAGE_DETACH,
	OP_READ,
	OP_LIST,
	OP_CHECKPOINT,
	OP_STOP,
	OP_STREAM_MODE,
	OP_FAMILY_DETACH,
};

struct command {
	uint32_t op, req;
	uint64_t cgroup, start;
	uint32_t pid, max;
	char path[4064];
};
_Static_assert(sizeof(struct command) == 4096, "the size that the other side sends");

static enum command_result run(const struct command *c)
{
	struct image_request image = { c->req, c->pid, c->cgroup, c->start, c->path };
	int err = 0;

	if (!memchr(c->path, 0, sizeof(c->path)))
		return CMD_BAD;
	switch (c->op) {
	case OP_CGROUP_ADD:
	case OP_CGROUP_REMOVE:
		err = scope_cgroup(c->cgroup, c->op == OP_CGROUP_ADD);
		emit_reply(c->req, err, NULL, 0, REPLY_ALL);
		return CMD_NONE;
	case OP_IMAGE_ATTACH:
		images_attach(&image);
		return CMD_NONE;
	case OP_IMAGE_DETACH:
		images_detach(&image);
		return CMD_NONE;
	case OP_READ:
		err = remote_read(c->pid, c->start, c->path, c->max, c->req);
		break;
	case OP_LIST:
		err = remote_list(c->pid, c->start, c->path, c->max, c->req);
		break;
	case OP_STREAM_MODE:
		emit_reply(c->req, stream_mode(c->cgroup, c->max), NULL, 0, REPLY_ALL);
		return CMD_NONE;
	case OP_FAMILY_DETACH:
		emit_reply(c->req, family_detach(c->max), NULL, 0, REPLY_ALL);
		return CMD_NONE;
	case OP_CHECKPOINT:
		drain_rings();
		checkpoint();
		return CMD_NONE;
	case OP_STOP:
		return CMD_STOP;
	default:
		return CMD_BAD;
	}
	if (err)
		emit_reply(c->req, err, NULL, 0, REPLY_ALL);
	return CMD_NONE;
}

/* Call when standard input is readable: reads once, and runs the command that this completed. */
enum command_result commands_read(void)
{
	static struct command c;
	static size_t have;
	ssize_t n = read(STDIN_FILENO, (char *)&c + have, sizeof(c) - have);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? CMD_NONE : CMD_BAD;
	if (n == 0)
		return have ? CMD_BAD : CMD_EOF;
	have += n;
	if (have < sizeof(c))
		return CMD_NONE;
	have = 0;
	return run(&c);
}

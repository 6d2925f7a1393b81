// SPDX-License-Identifier: Apache-2.0
/*
 * The commands that attach probes to an image and let it go. A file is looked into once, by the finder, while the loader
 * goes on; answers come in the order of the questions.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/membarrier.h>
#include <bpf/bpf.h>

#include "emit.h"
#include "images.h"

#define QUEUE_MAX 64

struct question {
	struct image_request r;
	char *path;
	int fd; /* -1: somebody before asked the finder about the same file */
	uint32_t slot;
};

static struct question queue[QUEUE_MAX];
static int queued;

static bool set_slot(uint32_t slot, uint64_t ino, enum library library)
{
	static const uint32_t vias[LIBRARIES] = {
		[LIB_OPENSSL] = VIA_OPENSSL, [LIB_BORINGSSL] = VIA_BORINGSSL, [LIB_GNUTLS] = VIA_GNUTLS, [LIB_GO] = VIA_GO,
	};
	struct tls_image value = { .ino = ino, .via = vias[library] };
	int map = family_map(SIG_TLS, "tls_images");

	return map >= 0 && !bpf_map_update_elem(map, &slot, &value, BPF_ANY);
}

/* What a process without privileges says is checked like everything else. */
static bool plausible(const struct finding *f, const struct identity *id)
{
	if (f->library >= LIBRARIES || f->tier >= TIERS || f->count < 0 || f->count > PLACES_MAX || f->err < 0 ||
	    f->build_id_len < 0 || f->build_id_len > BUILD_ID_MAX || !memchr(f->why, 0, sizeof(f->why)))
		return false;
	for (int i = 0; i < f->count; i++)
		if (f->places[i].off >= id->size || !f->places[i].function || f->places[i].function >= TLS_FUNCTIONS)
			return false;
	return true;
}

static void attach(struct image *image, int fd)
{
	int links[LINKS_MAX], n;

	if (image->err || !image->what.count)
		return;
	if (!set_slot(image - images, image->id.ino, image->what.library)) {
		image->err = ENOTSUP;
		return;
	}
	n = uprobes_attach(fd, &image->what, image - images, links);
	image->links = n > 0 ? malloc(n * sizeof(int)) : NULL;
	if (n < 0 || !image->links) {
		image->err = n < 0 ? -n : ENOMEM;
		for (int i = 0; i < n; i++)
			close(links[i]);
		set_slot(image - images, 0, LIB_NONE);
		return;
	}
	memcpy(image->links, links, n * sizeof(int));
	image->link_count = n;
}

static bool asked_again(uint32_t slot)
{
	for (int i = 0; i < queued; i++)
		if (queue[i].slot == slot)
			return true;
	return false;
}

static void answer(void)
{
	struct question q = queue[0];
	struct image *image = &images[q.slot];

	emit_image(&q.r, image, image->err);
	free(q.path);
	if (q.fd >= 0)
		close(q.fd);
	memmove(queue, queue + 1, --queued * sizeof(queue[0]));
	if (image->err && !asked_again(q.slot)) /* another time it may go better */
		image_forget(image);
}

/* Those behind who asked about the same file are answered with it. */
static void settle(const struct finding *found, int err)
{
	struct image *image = &images[queue[0].slot];

	image->state = IMAGE_KNOWN;
	if (!err && !plausible(found, &image->id))
		err = EBADMSG;
	if (!err) {
		image->what = *found;
		err = found->err;
	}
	image->err = err;
	image->path = strdup(queue[0].path);
	image->pid = queue[0].r.pid;
	image->start = queue[0].r.start;
	attach(image, queue[0].fd);
	answer();
	while (queued && images[queue[0].slot].state == IMAGE_KNOWN)
		answer();
}

static void start_over(void)
{
	helper_restart(&finder);
	while (queued && finder.socket < 0)
		settle(NULL, EIO);
	for (int i = 0; i < queued; i++)
		if (queue[i].fd >= 0)
			helper_send(&finder, &queue[i].fd, 1);
}

int images_fd(void)
{
	return queued ? finder.socket : -1;
}

bool images_busy(void)
{
	return queued == QUEUE_MAX;
}

void images_found(void)
{
	static struct finding found;
	ssize_t n = recv(finder.socket, &found, sizeof(found), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == sizeof(found)) {
		settle(&found, 0);
		return;
	}
	settle(NULL, EIO); /* this file was too much for it */
	start_over();
}

void images_attach(const struct image_request *r)
{
	struct identity id;
	struct image *image;
	int fd = program_attached(SIG_TLS, "tls_enter") && finder.socket >= 0 ? remote_open(r->pid, r->start, r->path) :
										 -ENOTSUP;

	if (fd < 0) {
		emit_image(r, NULL, -fd);
		return;
	}
	image_identity(fd, &id);
	image = image_entry(&id);
	if (!image || image->state == IMAGE_KNOWN) {
		emit_image(r, image, image ? image->err : ENOSPC);
		close(fd);
		return;
	}
	if (image->state == IMAGE_ASKED) {
		close(fd);
		fd = -1;
	}
	image->state = IMAGE_ASKED;
	queue[queued] = (struct question){ *r, strdup(r->path), fd, image - images };
	queue[queued].r.path = queue[queued].path;
	queued++;
	if (fd >= 0 && !helper_send(&finder, &fd, 1))
		start_over();
}

/* From this moment nothing is recorded; the probes themselves go when the closer comes to it. */
static void let_go(struct image *image)
{
	set_slot(image - images, 0, LIB_NONE);
	if (!helper_send(&closer, image->links, image->link_count))
		emit_log("warn", "letting go of %s takes a while", image->path);
	for (int i = 0; i < image->link_count; i++)
		close(image->links[i]);
	closer_go();
	image->link_count = 0;
	image->state = IMAGE_DETACHED;
}

void images_detach(const struct image_request *r)
{
	struct image *image = image_attached_as(r);

	if (!image) {
		emit_image(r, NULL, ENOENT);
		return;
	}
	let_go(image);
	emit_image(r, image, 0);
	image_forget(image);
}

/* At the end of the run: what was recorded is in the ring when this returns, and no more comes. */
void images_close(void)
{
	for (int i = 0; i < IMAGES_MAX; i++)
		if (images[i].link_count)
			let_go(&images[i]);
	/* Waits until no program runs that may have seen an image attached. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

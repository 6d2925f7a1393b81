// SPDX-License-Identifier: Apache-2.0
/* The images that were asked about. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images.h"

struct image images[IMAGES_MAX];

void image_forget(struct image *image)
{
	free(image->links);
	free(image->path);
	memset(image, 0, sizeof(*image));
}

static bool same(const struct identity *a, const struct identity *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->changed == b->changed;
}

struct image *image_entry(const struct identity *id)
{
	static uint32_t turn;
	struct image *room = NULL;

	for (int i = 0; i < IMAGES_MAX; i++) {
		if (images[i].state != IMAGE_FREE && images[i].state != IMAGE_DETACHED && same(&images[i].id, id))
			return &images[i];
		if (!room && images[i].state == IMAGE_FREE)
			room = &images[i];
	}
	for (int i = 0; !room && i < IMAGES_MAX; i++, turn++) {
		struct image *image = &images[turn % IMAGES_MAX];

		if (image->state == IMAGE_KNOWN && !image->link_count)
			room = image;
	}
	if (room) {
		image_forget(room);
		room->id = *id;
	}
	return room;
}

struct image *image_attached_as(const struct image_request *r)
{
	struct identity id = { 0 };
	int fd = remote_open(r->pid, r->start, r->path);

	if (fd >= 0) {
		image_identity(fd, &id);
		close(fd);
	}
	for (int i = 0; i < IMAGES_MAX; i++) {
		struct image *image = &images[i];

		if (!image->link_count)
			continue;
		if (fd >= 0 ? same(&image->id, &id) :
			      image->pid == r->pid && image->start == r->start && !strcmp(image->path, r->path))
			return image;
	}
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Images: executables and libraries that probes are attached to by command. */
#ifndef AI_SPM_IMAGES_H
#define AI_SPM_IMAGES_H

#include <sys/types.h>

#include "image.h"
#include "sensor.h"

#define LINKS_MAX (PLACES_MAX + 8)

/* helpers.c: processes that hold nothing, for what may crash or take long. */
struct helper {
	pid_t pid;
	int socket; /* -1: could not be started */
};
void helper_restart(struct helper *helper); /* of the finder */
void closer_go(void); /* the sender has closed what it sent */
bool helper_send(const struct helper *helper, const int *fds, int count);
extern struct helper finder; /* takes a file, answers a struct finding */
extern struct helper closer; /* takes links, and closes them: the kernel waits long for each */

/* uprobes.c. Returns how many links were made, or a negative errno and none. */
int uprobes_attach(int fd, const struct finding *what, uint32_t slot, int *links);

/* image-identity.c: the file that the kernel would probe, under overlays too. */
struct identity {
	uint64_t dev, ino, size;
	int64_t changed; /* ns of ctime: an inode number lives on in another file */
};
void image_identity(int fd, struct identity *id);

/* emit-image.c */
struct image {
	struct identity id;
	struct finding what; /* without places once they are attached */
	int *links;
	int link_count;
	enum { IMAGE_FREE, IMAGE_ASKED, IMAGE_KNOWN, IMAGE_DETACHED } state;
	int err;
	uint32_t pid; /* who it was attached by */
	uint64_t start;
	char *path;
};
struct image_request {
	uint32_t req, pid;
	uint64_t cg, start;
	const char *path;
};
void emit_image(const struct image_request *r, const struct image *image, int err);

/* images-table.c */
extern struct image images[IMAGES_MAX];
void image_forget(struct image *image);
/* The file's entry, new if need be; then in place of one that holds no probes. NULL: all hold some. */
struct image *image_entry(const struct identity *id);
/* By what the path is now; by whom it was attached for where that process has gone. */
struct image *image_attached_as(const struct image_request *r);

#endif

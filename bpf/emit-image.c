// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "emit.h"
#include "images.h"
#include "text.h"

static const char *const libraries[LIBRARIES] = { "none", "openssl", "boringssl", "gnutls", "go", "unknown" };
static const char *const tiers[TIERS] = { NULL, "symbol", "gopclntab", "pattern" };

static const char *status_of(const struct image *image, int err)
{
	if (err)
		return "refused";
	if (image->state == IMAGE_DETACHED)
		return "detached";
	if (image->what.count)
		return "attached";
	return image->what.opaque ? "opaque" : "none";
}

static void put_build_id(const struct finding *what)
{
	char hex[BUILD_ID_MAX * 2 + 1] = "";

	for (int i = 0; i < what->build_id_len; i++)
		snprintf(hex + i * 2, 3, "%02x", what->build_id[i]);
	if (what->build_id_len)
		put_str("build_id", hex);
}

/* `image` NULL: the file could not even be opened. */
void emit_image(const struct image_request *r, const struct image *image, int err)
{
	static const struct image nothing;
	const struct image *i = image ? image : &nothing;

	if (r->cg)
		cgroups_name(r->cg);
	line_begin("image");
	put_dec("cg", r->cg);
	put_u64("pid", r->pid);
	put_dec("start", r->start);
	put_u64("at", boot_ns() / 1000);
	put_u64("req", r->req);
	put_bytes("path", r->path, strlen(r->path));
	if (image) {
		put_dec("dev", i->id.dev);
		put_dec("ino", i->id.ino);
		put_build_id(&i->what);
	}
	put_str("library", libraries[i->what.library]);
	if (i->what.tier != TIER_NONE)
		put_str("tier", tiers[i->what.tier]);
	put_str("status", status_of(i, err));
	put_u64("probes", err || i->state == IMAGE_DETACHED ? 0 : i->what.count);
	if (err) {
		put_u64("errno", err);
		put_str("error", strerror(err));
	} else if (i->what.why[0]) {
		put_str("error", i->what.why);
	}
	line_end();
	text_flush();
}

/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* What a probe on a TLS library stands at. Shared by the loader and probes/tls.bpf.c: travels as the probe's cookie. */
#ifndef AI_SPM_TLS_H
#define AI_SPM_TLS_H

#define IMAGES_MAX 2048

enum tls_function {
	TLS_READ = 1, /* (ctx, buffer, length) → bytes */
	TLS_WRITE,
	TLS_READ_EX, /* (ctx, buffer, length, &bytes) → success */
	TLS_WRITE_EX,
	TLS_FREE, /* (ctx) */
	TLS_FUNCTIONS
};

/* The cookie: function, then the image's place in the loader's table. */
#define TLS_COOKIE(function, slot) ((__u64)(slot) << 8 | (function))
#define TLS_COOKIE_FUNCTION(cookie) ((cookie) & 0xff)
#define TLS_COOKIE_SLOT(cookie) ((__u32)((cookie) >> 8))

struct tls_image {
	__u64 ino; /* 0: not attached, or not any more though its probes are not gone yet */
	__u32 via; /* enum via */
	__u32 unused;
};

/* What the iterator tls_mapped finds out about one mapping of the loader's own. */
struct tls_mapped {
	__u64 addr; /* asked for */
	__u64 ino;
	__u32 dev; /* as stat() encodes it */
	__u32 pid; /* asked for */
};

#endif

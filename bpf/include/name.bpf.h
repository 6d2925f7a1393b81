/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* An open as the program asked for it: the name, hashed, and the access. */
#ifndef AI_SPM_NAME_BPF_H
#define AI_SPM_NAME_BPF_H

#include "subject.bpf.h"

#define PATH_MAX 4096
#define O_ACCMODE 3

static __always_inline u32 access_of(u64 flags)
{
	flags &= O_ACCMODE;
	return flags == 0 ? ACCESS_R : flags == 1 ? ACCESS_W : ACCESS_RW;
}

struct name {
	u64 words[PATH_MAX / 8];
};

/*
 * Over the words of a name of `n` bytes, NUL included, zero-padded to 32. A global function: the verifier goes
 * through its loop once, not once for each length that could follow.
 */
__noinline u64 hash_name(const struct name *name, u32 n)
{
	u64 h = n;

	if (!name)
		return 0;
	for (u32 i = 0; i < PATH_MAX / 8; i += 4) {
		if (n <= i * 8)
			break;
		h = mix(mix(h, name->words[i]), name->words[i + 1]);
		h = mix(mix(h, name->words[i + 2]), name->words[i + 3]);
	}
	return h;
}

/* The scratch buffer is not cleared between names. */
static __always_inline u64 hash_path(char *path, u32 n)
{
	asm volatile("" : "+r"(n));
	if (n > PATH_MAX)
		return 0;
	__builtin_memset(path + n, 0, 32);
	return hash_name((void *)path, n);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Go's table of functions: where its parts lie. */
#ifndef AI_SPM_IMAGE_GOTABLE_H
#define AI_SPM_IMAGE_GOTABLE_H

#include "image.h"

struct gotable {
	const struct elf *elf;
	struct section at;
	uint64_t functions, names, table;
	bool wide; /* 1.16: addresses, and not offsets from the text's begin */
};

bool gotable_open(struct gotable *t, const struct elf *elf);
/* Forward reads of few bytes each: the table's records lie in the order in which they are asked for. */
bool gotable_read(const struct gotable *t, uint64_t off, void *to, size_t n);
/* Where the text may begin, 0 where it does not say so: `which` counts from 0 to GOTABLE_TEXTS - 1. */
#define GOTABLE_TEXTS 3
uint64_t gotable_text(const struct gotable *t, int which);

#endif

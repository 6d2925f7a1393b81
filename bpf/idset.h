/* SPDX-License-Identifier: Apache-2.0 */
/* A growing set of non-zero 64-bit ids, each with a small value. */
#ifndef AI_SPM_IDSET_H
#define AI_SPM_IDSET_H

#include <stdint.h>
#include <stdlib.h>

struct idset {
	uint64_t *ids;
	uint8_t *values;
	size_t size, used;
};

static inline size_t idset_slot(const struct idset *set, uint64_t id)
{
	size_t i = (id * 0x9e3779b97f4a7c15ULL) >> 20 & (set->size - 1);

	while (set->ids[i] && set->ids[i] != id)
		i = (i + 1) & (set->size - 1);
	return i;
}

/* The id's value, or NULL. */
static inline uint8_t *idset_find(const struct idset *set, uint64_t id)
{
	size_t i;

	if (!set->size)
		return NULL;
	i = idset_slot(set, id);
	return set->ids[i] ? &set->values[i] : NULL;
}

static inline void idset_put(struct idset *set, uint64_t id, uint8_t value)
{
	size_t i;

	if (set->used * 2 >= set->size) {
		struct idset bigger = { .size = set->size ? set->size * 2 : 1024 };

		bigger.ids = calloc(bigger.size, sizeof(*bigger.ids));
		bigger.values = calloc(bigger.size, 1);
		if (!bigger.ids || !bigger.values)
			abort();
		for (i = 0; i < set->size; i++)
			if (set->ids[i])
				idset_put(&bigger, set->ids[i], set->values[i]);
		free(set->ids);
		free(set->values);
		*set = bigger;
	}
	i = idset_slot(set, id);
	set->used += !set->ids[i];
	set->ids[i] = id;
	set->values[i] = value;
}

static inline void idset_clear(struct idset *set)
{
	free(set->ids);
	free(set->values);
	*set = (struct idset){ 0 };
}

#endif

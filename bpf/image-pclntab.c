// SPDX-License-Identifier: Apache-2.0
/* Functions by name in Go's table: first where the names stand, then who has them. */
#include <string.h>

#include "image-gotable.h"

#define NAMES 8

struct name_search {
	const char *const *names;
	int count;
	uint64_t base;
	int64_t found[NAMES]; /* offset in the name table, -1 */
};

static bool scan_names(void *context, uint64_t off, const uint8_t *data, size_t n)
{
	struct name_search *s = context;
	const uint8_t *at = data, *nul;
	bool all = true;

	/* The block before held the name that this one begins in the middle of. */
	if (off > s->base && (nul = memchr(at, 0, n)))
		at = nul + 1;
	while ((nul = memchr(at, 0, data + n - at))) {
		for (int i = 0; i < s->count; i++)
			if (s->found[i] < 0 && !strcmp((const char *)at, s->names[i]))
				s->found[i] = off - s->base + (at - data);
		at = nul + 1;
	}
	for (int i = 0; i < s->count; i++)
		all &= s->found[i] >= 0;
	return !all;
}

/* The i-th function's begin and where its record lies; the table ends with one begin more. */
static bool entry(const struct gotable *t, uint64_t i, uint64_t *addr, uint64_t *record)
{
	if (t->wide) {
		uint64_t pair[2] = { 0 };

		if (!elf_read(t->elf, t->at.off + t->table + i * 16, pair, i < t->functions ? 16 : 8))
			return false;
		*addr = pair[0];
		*record = pair[1];
	} else {
		uint32_t pair[2] = { 0 };

		if (!elf_read(t->elf, t->at.off + t->table + i * 8, pair, i < t->functions ? 8 : 4))
			return false;
		*addr = pair[0];
		*record = pair[1];
	}
	return true;
}

/* Entries are read in blocks, records through the window. */
struct function_search {
	const struct gotable *t;
	const struct name_search *names;
	struct extent *found;
	uint64_t begin;
};

static void match(struct function_search *s, uint64_t i, uint64_t record)
{
	size_t head = s->t->wide ? 8 : 4;
	uint64_t addr, end, unused;
	int32_t name;

	if (!gotable_read(s->t, s->t->table + record + head, &name, sizeof(name)))
		return;
	for (int k = 0; k < s->names->count; k++) {
		if (s->names->found[k] < 0 || name != s->names->found[k])
			continue;
		if (entry(s->t, i, &addr, &unused) && entry(s->t, i + 1, &end, &unused) && end > addr)
			s->found[k] = (struct extent){ addr, end - addr };
	}
}

static bool scan_functions(void *context, uint64_t off, const uint8_t *data, size_t n)
{
	struct function_search *s = context;
	size_t size = s->t->wide ? 16 : 8;
	size_t at = (size - (off - s->begin) % size) % size;

	for (; n >= size && at <= n - size; at += size) {
		uint64_t wide = 0;
		uint32_t narrow = 0;

		if (s->t->wide)
			memcpy(&wide, data + at + 8, 8);
		else
			memcpy(&narrow, data + at + 4, 4);
		match(s, (off - s->begin + at) / size, s->t->wide ? wide : narrow);
	}
	return true;
}

/* Code says whether this is where functions lie. */
static bool check_text(const struct gotable *t, uint64_t text, struct extent *found, int count)
{
	if (!text || !found[0].size || !go_prologue(t->elf, text + found[0].addr))
		return false;
	for (int i = 0; i < count; i++)
		found[i].addr += text;
	return true;
}

bool pclntab_find(const struct elf *elf, const char *const *names, struct extent *found, int count)
{
	struct name_search s = { .names = names, .count = count < NAMES ? count : NAMES };
	struct function_search f = { .names = &s, .found = found };
	struct gotable t;
	uint64_t entries;

	memset(found, 0, count * sizeof(*found));
	memset(s.found, -1, sizeof(s.found));
	if (!gotable_open(&t, elf))
		return false;
	s.base = t.at.off + t.names;
	elf_blocks(elf, s.base, t.at.size - t.names, scan_names, &s);
	if (s.found[0] < 0)
		return true;
	f.t = &t;
	f.begin = t.at.off + t.table;
	entries = t.functions * (t.wide ? 16 : 8);
	elf_blocks(elf, f.begin, entries < t.at.size - t.table ? entries : t.at.size - t.table, scan_functions, &f);
	if (t.wide)
		return go_prologue(elf, found[0].addr);
	for (int which = 0; which < GOTABLE_TEXTS; which++)
		if (check_text(&t, gotable_text(&t, which), found, count))
			return true;
	return false;
}

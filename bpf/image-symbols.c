// SPDX-License-Identifier: Apache-2.0
/*
 * Symbol tables of any size in constant memory: first the string table for where the wanted names stand (more than
 * once perhaps, and linkers let a name be the tail of another), then the symbols for who points there.
 */
#include <elf.h>
#include <string.h>

#include "image.h"

#define HITS_MAX 64
#define NAME_MAX_LEN 64

struct search {
	struct symbol *symbols;
	int count;
	uint64_t base; /* file offset of the string table */
	struct hit {
		uint32_t name;
		int which;
	} hits[HITS_MAX];
	int hit_count;
};

static void add_hit(struct search *s, uint64_t name, int which)
{
	for (int i = 0; i < s->hit_count; i++)
		if (s->hits[i].name == name)
			return;
	if (s->hit_count < HITS_MAX && name <= UINT32_MAX)
		s->hits[s->hit_count++] = (struct hit){ name, which };
}

/* Every NUL ends a name; is a wanted one its tail? */
static bool scan_strings(void *context, uint64_t off, const uint8_t *data, size_t n)
{
	struct search *s = context;
	const uint8_t *at = data, *nul;

	while ((nul = memchr(at, 0, data + n - at))) {
		for (int i = 0; i < s->count; i++) {
			size_t len = strlen(s->symbols[i].name);

			if ((size_t)(nul - data) >= len && !memcmp(nul - len, s->symbols[i].name, len))
				add_hit(s, off - s->base + (nul - data) - len, i);
		}
		at = nul + 1;
	}
	return true;
}

static void take(struct search *s, const Elf64_Sym *sym)
{
	for (int i = 0; i < s->hit_count; i++) {
		struct symbol *wanted = &s->symbols[s->hits[i].which];

		if (s->hits[i].name == sym->st_name && !wanted->addr) {
			wanted->addr = sym->st_value;
			wanted->size = sym->st_size;
		}
	}
}

/* Blocks overlap by 256 bytes and a symbol has 24, so the first whole one of a block is told by the table's begin. */
struct table {
	struct search *search;
	uint64_t begin;
};

static bool scan_symbols(void *context, uint64_t off, const uint8_t *data, size_t n)
{
	struct table *t = context;
	size_t at = (sizeof(Elf64_Sym) - (off - t->begin) % sizeof(Elf64_Sym)) % sizeof(Elf64_Sym);

	for (; n >= sizeof(Elf64_Sym) && at <= n - sizeof(Elf64_Sym); at += sizeof(Elf64_Sym)) {
		Elf64_Sym sym;

		memcpy(&sym, data + at, sizeof(sym));
		if (ELF64_ST_TYPE(sym.st_info) == STT_FUNC && sym.st_shndx != SHN_UNDEF && sym.st_value)
			take(t->search, &sym);
	}
	return true;
}

static void search_table(const struct elf *elf, struct symbol *symbols, int count, const struct section *syms,
			 const struct section *strs)
{
	struct search s = { .symbols = symbols, .count = count, .base = strs->off };
	struct table t = { &s, syms->off };

	if (!syms->size || !strs->size || syms->size > SYMBOLS_MAX || strs->size > SYMBOLS_MAX)
		return;
	elf_blocks(elf, strs->off, strs->size, scan_strings, &s);
	if (s.hit_count)
		elf_blocks(elf, syms->off, syms->size, scan_symbols, &t);
}

void symbols_find(const struct elf *elf, struct symbol *symbols, int count)
{
	search_table(elf, symbols, count, &elf->dynsym, &elf->dynstr);
	for (int i = 0; i < count; i++)
		if (symbols[i].addr)
			return;
	search_table(elf, symbols, count, &elf->symtab, &elf->strtab);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Go's own table of functions, which stripping leaves in place. Layouts of Go 1.16, 1.18 and 1.20; the first two
 * tables in question are: names, one after the other, and functions in the order of their addresses.
 * Source: go/src/debug/gosym/pclntab.go, runtime/symtab.go.
 */
#include <elf.h>
#include <string.h>

#include "image.h"

#define FUNCTIONS_MAX (4 << 20)
#define TEXT_IN_MODULE 176 /* runtime.moduledata.text */
#define NAMES 8

enum { GO_116 = 0xfffffffa, GO_118 = 0xfffffff0, GO_120 = 0xfffffff1 };

struct header {
	uint32_t magic;
	uint8_t zero[2], quantum, pointer;
	uint64_t functions, files;
	uint64_t rest[6]; /* from 1.18 on the begin of the text first; then offsets of names, units, files, pcs, functions */
};

struct pclntab {
	const struct elf *elf;
	struct section at;
	uint64_t functions, names, table, text;
	bool wide; /* 1.16: addresses, and not offsets from the text's begin */
};

struct name_search {
	const char *const *names;
	int count;
	uint64_t base;
	int64_t found[NAMES]; /* offset in the name table, -1 */
};

static struct {
	uint8_t bytes[64 << 10];
	uint64_t begin;
	size_t have;
} window;

/* Forward reads of few bytes each: the table's records lie in the order in which they are asked for. */
static bool read_window(const struct pclntab *t, uint64_t off, void *to, size_t n)
{
	size_t want;

	if (off > t->at.size || n > t->at.size - off)
		return false;
	if (off < window.begin || off + n > window.begin + window.have) {
		want = t->at.size - off < sizeof(window.bytes) ? t->at.size - off : sizeof(window.bytes);
		window.have = 0;
		if (!elf_read(t->elf, t->at.off + off, window.bytes, want))
			return false;
		window.begin = off;
		window.have = want;
	}
	memcpy(to, window.bytes + (off - window.begin), n);
	return true;
}

/* A pointer as the file holds it, or as the loader of a position-independent program will put it. */
struct pointer {
	uint64_t begin, addr, value;
};

static bool scan_relocations(void *context, uint64_t off, const uint8_t *data, size_t n)
{
	struct pointer *p = context;
	size_t at = (sizeof(Elf64_Rela) - (off - p->begin) % sizeof(Elf64_Rela)) % sizeof(Elf64_Rela);

	for (; n >= sizeof(Elf64_Rela) && at <= n - sizeof(Elf64_Rela); at += sizeof(Elf64_Rela)) {
		Elf64_Rela r;

		memcpy(&r, data + at, sizeof(r));
		if (r.r_offset != p->addr)
			continue;
		p->value = r.r_addend;
		return false;
	}
	return true;
}

static uint64_t pointer_at(const struct elf *elf, const struct section *in, uint64_t off)
{
	struct pointer p = { elf->rela.off, in->addr + off, 0 };

	if (off + 8 > in->size || !elf_read(elf, in->off + off, &p.value, 8))
		return 0;
	if (!p.value && elf->rela.size <= SYMBOLS_MAX)
		elf_blocks(elf, elf->rela.off, elf->rela.size, scan_relocations, &p);
	return p.value;
}

static bool open_table(struct pclntab *t, const struct elf *elf)
{
	const uint64_t *offs;
	struct header h;

	*t = (struct pclntab){ .elf = elf, .at = elf->pclntab };
	window.have = 0;
	if (!read_window(t, 0, &h, sizeof(h)) || h.zero[0] || h.zero[1] || h.pointer != 8 ||
	    h.functions > FUNCTIONS_MAX || (h.quantum != 1 && h.quantum != 4))
		return false;
	t->wide = h.magic == GO_116;
	if (!t->wide && h.magic != GO_118 && h.magic != GO_120)
		return false;
	offs = t->wide ? h.rest : h.rest + 1;
	t->functions = h.functions;
	t->names = offs[0];
	t->table = offs[4];
	return t->names < t->at.size && t->table < t->at.size;
}

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
static bool entry(const struct pclntab *t, uint64_t i, uint64_t *addr, uint64_t *record)
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
		*addr = t->text + pair[0];
		*record = pair[1];
	}
	return true;
}

/* Entries are read in blocks, records through the window. */
struct function_search {
	const struct pclntab *t;
	const struct name_search *names;
	struct extent *found;
	uint64_t begin;
};

static void match(struct function_search *s, uint64_t i, uint64_t record)
{
	size_t head = s->t->wide ? 8 : 4;
	uint64_t addr, end, unused;
	int32_t name;

	if (!read_window(s->t, s->t->table + record + head, &name, sizeof(name)))
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

/* A header of the table by its first eight bytes, and by offsets that fit. */
struct header_search {
	struct elf *elf;
	const struct load *in;
};

static bool scan_headers(void *context, uint64_t off, const uint8_t *data, size_t n)
{
	static const uint8_t tail[] = { 0xff, 0xff, 0xff, 0, 0 }; /* of the magic, and two zeros */
	struct header_search *s = context;
	const uint8_t *at = data, *hit;
	struct pclntab t;

	while ((hit = memmem(at, data + n - at, tail, sizeof(tail)))) {
		at = hit + 1;
		if (hit == data)
			continue;
		s->elf->pclntab.off = off + (hit - 1 - data);
		s->elf->pclntab.addr = s->in->addr + (s->elf->pclntab.off - s->in->off);
		s->elf->pclntab.size = s->in->size - (s->elf->pclntab.off - s->in->off);
		if (open_table(&t, s->elf))
			return false;
		s->elf->pclntab.size = 0;
	}
	return true;
}

/* Position-independent programs that gcc linked, and files without sections, do not name it. */
bool pclntab_locate(struct elf *elf)
{
	for (int i = 0; i < elf->load_count && !elf->pclntab.size; i++) {
		struct header_search s = { elf, &elf->load[i] };

		elf_blocks(elf, elf->load[i].off, elf->load[i].size, scan_headers, &s);
	}
	return elf->pclntab.size;
}

/* The text's begin: the header's until 1.25, the module's since 1.26; the section's where neither is to be had. */
static bool check_text(struct pclntab *t, uint64_t text, struct extent *found, int count)
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
	struct pclntab t;
	uint64_t entries;

	memset(found, 0, count * sizeof(*found));
	memset(s.found, -1, sizeof(s.found));
	if (!open_table(&t, elf))
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
	return check_text(&t, pointer_at(elf, &t.at, 24), found, count) ||
	       check_text(&t, pointer_at(elf, &elf->module, TEXT_IN_MODULE), found, count) ||
	       check_text(&t, elf->text.addr, found, count);
}

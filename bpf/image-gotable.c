// SPDX-License-Identifier: Apache-2.0
/*
 * Go's own table of functions, which stripping leaves in place. Layouts of Go 1.16, 1.18 and 1.20; the first two
 * tables in question are: names, one after the other, and functions in the order of their addresses.
 * Source: go/src/debug/gosym/pclntab.go, runtime/symtab.go.
 */
#include <elf.h>
#include <string.h>

#include "image-gotable.h"

#define FUNCTIONS_MAX (4 << 20)
#define TEXT_IN_HEADER 24
#define TEXT_IN_MODULE 176 /* runtime.moduledata.text */

enum { GO_116 = 0xfffffffa, GO_118 = 0xfffffff0, GO_120 = 0xfffffff1 };

struct header {
	uint32_t magic;
	uint8_t zero[2], quantum, pointer;
	uint64_t functions, files;
	uint64_t rest[6]; /* from 1.18 on the begin of the text first; then offsets of names, units, files, pcs, functions */
};

static struct {
	uint8_t bytes[64 << 10];
	uint64_t begin;
	size_t have;
} window;

bool gotable_read(const struct gotable *t, uint64_t off, void *to, size_t n)
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

bool gotable_open(struct gotable *t, const struct elf *elf)
{
	const uint64_t *offs;
	struct header h;

	*t = (struct gotable){ .elf = elf, .at = elf->pclntab };
	window.have = 0;
	if (!gotable_read(t, 0, &h, sizeof(h)) || h.zero[0] || h.zero[1] || h.pointer != 8 ||
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
	struct gotable t;

	while ((hit = memmem(at, data + n - at, tail, sizeof(tail)))) {
		at = hit + 1;
		if (hit == data)
			continue;
		s->elf->pclntab.off = off + (hit - 1 - data);
		s->elf->pclntab.addr = s->in->addr + (s->elf->pclntab.off - s->in->off);
		s->elf->pclntab.size = s->in->size - (s->elf->pclntab.off - s->in->off);
		if (gotable_open(&t, s->elf))
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

/* The header's until 1.25, the module's since 1.26; the section's where neither is to be had. */
uint64_t gotable_text(const struct gotable *t, int which)
{
	if (which == 0)
		return pointer_at(t->elf, &t->at, TEXT_IN_HEADER);
	if (which == 1)
		return pointer_at(t->elf, &t->elf->module, TEXT_IN_MODULE);
	return t->elf->text.addr;
}

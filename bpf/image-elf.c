// SPDX-License-Identifier: Apache-2.0
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image-elf.h"

#define SECTIONS_MAX 4096
#define NAMES_MAX (64 << 10)
#define NOTES_MAX 4096
#define BLOCK (256 << 10)

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#endif

bool elf_read(const struct elf *elf, uint64_t off, void *to, size_t n)
{
	if (off > elf->size || n > elf->size - off)
		return false;
	while (n > 0) {
		ssize_t got = pread(elf->fd, to, n, off);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		to = (char *)to + got;
		off += got;
		n -= got;
	}
	return true;
}

uint64_t elf_offset(const struct elf *elf, uint64_t addr, uint32_t flags)
{
	for (int i = 0; i < elf->load_count; i++) {
		const struct load *l = &elf->load[i];

		if (addr >= l->addr && addr - l->addr < l->size && (l->flags & flags) == flags)
			return l->off + (addr - l->addr);
	}
	return 0;
}

bool elf_read_at(const struct elf *elf, uint64_t addr, void *to, size_t n)
{
	uint64_t off = elf_offset(elf, addr, 0);

	return off && elf_read(elf, off, to, n);
}

void elf_blocks(const struct elf *elf, uint64_t off, uint64_t size,
		bool (*each)(void *context, uint64_t off, const uint8_t *data, size_t n), void *context)
{
	static uint8_t block[BLOCK];

	while (size > 0) {
		size_t n = size < BLOCK ? size : BLOCK;
		size_t step = n == size ? n : n - BLOCK_OVERLAP;

		if (!elf_read(elf, off, block, n) || !each(context, off, block, n))
			return;
		off += step;
		size -= step;
	}
}

static void add_load(struct elf *elf, const Elf64_Phdr *p)
{
	uint64_t size = p->p_filesz;

	if (elf->load_count == LOADS_MAX || p->p_offset >= elf->size || p->p_vaddr + size < p->p_vaddr)
		return;
	if (size > elf->size - p->p_offset)
		size = elf->size - p->p_offset;
	elf->load[elf->load_count++] = (struct load){ p->p_vaddr, p->p_offset, size, p->p_flags };
}

/* The GNU build id among the notes of one segment. */
static void find_build_id(struct elf *elf, const Elf64_Phdr *p)
{
	uint8_t notes[NOTES_MAX];
	size_t n = p->p_filesz < sizeof(notes) ? p->p_filesz : sizeof(notes), at = 0;

	if (!elf_read(elf, p->p_offset, notes, n))
		return;
	while (n - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr note;
		size_t name, desc;

		memcpy(&note, notes + at, sizeof(note));
		at += sizeof(note);
		name = ((size_t)note.n_namesz + 3) & ~(size_t)3;
		desc = ((size_t)note.n_descsz + 3) & ~(size_t)3;
		if (name > n - at || desc > n - at - name)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && !memcmp(notes + at, "GNU", 4) &&
		    note.n_descsz <= BUILD_ID_MAX) {
			elf->build_id_len = note.n_descsz;
			memcpy(elf->build_id, notes + at + name, note.n_descsz);
			return;
		}
		at += name + desc;
	}
}

static int read_segments(struct elf *elf, const Elf64_Ehdr *h)
{
	for (int i = 0; i < h->e_phnum && i < 128; i++) {
		Elf64_Phdr p;

		if (!elf_read(elf, h->e_phoff + (uint64_t)i * sizeof(p), &p, sizeof(p)))
			return ENOEXEC;
		if (p.p_type == PT_LOAD)
			add_load(elf, &p);
		else if (p.p_type == PT_NOTE && !elf->build_id_len)
			find_build_id(elf, &p);
	}
	return elf->load_count ? 0 : ENOEXEC;
}

static struct section section_of(const struct elf *elf, const Elf64_Shdr *s)
{
	struct section none = { 0 };

	if (s->sh_type == SHT_NOBITS || s->sh_offset > elf->size || s->sh_size > elf->size - s->sh_offset)
		return none;
	return (struct section){ s->sh_addr, s->sh_offset, s->sh_size };
}

static void keep_section(struct elf *elf, const Elf64_Shdr *all, int count, int i, const char *name)
{
	const Elf64_Shdr *s = &all[i];
	const Elf64_Shdr *linked = s->sh_link < (uint32_t)count ? &all[s->sh_link] : NULL;

	if (s->sh_type == SHT_DYNSYM && linked) {
		elf->dynsym = section_of(elf, s);
		elf->dynstr = section_of(elf, linked);
	} else if (s->sh_type == SHT_SYMTAB && linked) {
		elf->symtab = section_of(elf, s);
		elf->strtab = section_of(elf, linked);
	} else if (!strcmp(name, ".text")) {
		elf->text = section_of(elf, s);
	} else if (!strcmp(name, ".gopclntab") || !strcmp(name, ".data.rel.ro.gopclntab")) {
		elf->pclntab = section_of(elf, s);
	} else if (!strcmp(name, ".go.module")) {
		elf->module = section_of(elf, s);
	} else if (!strcmp(name, ".rela.dyn") || !strcmp(name, ".rela")) {
		elf->rela = section_of(elf, s);
	}
}

/* A file without a section table, or with a damaged one, is one without symbols. */
static void read_sections(struct elf *elf, const Elf64_Ehdr *h)
{
	static Elf64_Shdr all[SECTIONS_MAX];
	static char names[NAMES_MAX];
	int count = h->e_shnum < SECTIONS_MAX ? h->e_shnum : SECTIONS_MAX;
	struct section text = { 0 };

	if (h->e_shentsize != sizeof(all[0]) || !elf_read(elf, h->e_shoff, all, count * sizeof(all[0])))
		return;
	if (h->e_shstrndx < count)
		text = section_of(elf, &all[h->e_shstrndx]);
	text.size = text.size < sizeof(names) - 1 ? text.size : sizeof(names) - 1;
	if (!elf_read(elf, text.off, names, text.size))
		return;
	names[text.size] = 0;
	for (int i = 0; i < count; i++)
		keep_section(elf, all, count, i, all[i].sh_name < text.size ? names + all[i].sh_name : "");
}

int elf_open(struct elf *elf, int fd)
{
	struct stat st;
	Elf64_Ehdr h;

	memset(elf, 0, sizeof(*elf));
	if (fstat(fd, &st))
		return errno;
	elf->fd = fd;
	elf->size = st.st_size;
	if (!elf_read(elf, 0, &h, sizeof(h)) || memcmp(h.e_ident, ELFMAG, SELFMAG))
		return 0;
	if (h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_ident[EI_DATA] != ELFDATA2LSB || h.e_machine != MACHINE ||
	    h.e_phentsize != sizeof(Elf64_Phdr) || (h.e_type != ET_EXEC && h.e_type != ET_DYN))
		return ENOEXEC;
	elf->machine = h.e_machine;
	if (read_segments(elf, &h))
		return ENOEXEC;
	read_sections(elf, &h);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded looks into an ELF file that nobody vouches for: every offset and size in it is checked, none is trusted. */
#ifndef AI_SPM_IMAGE_ELF_H
#define AI_SPM_IMAGE_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOADS_MAX 16
#define BUILD_ID_MAX 64

struct section {
	uint64_t addr, off, size; /* size 0: not there, or not inside the file */
};

struct load {
	uint64_t addr, off, size;
	uint32_t flags; /* PF_X … */
};

struct elf {
	int fd;
	uint64_t size;
	uint16_t machine;
	int load_count;
	struct load load[LOADS_MAX];
	struct section dynsym, dynstr, symtab, strtab, rela, text, pclntab, module;
	uint8_t build_id[BUILD_ID_MAX];
	int build_id_len;
};

/* Returns 0, or a positive errno: ENOEXEC for what starts as ELF and is damaged or foreign, 0 and no loads for what is no ELF. */
int elf_open(struct elf *elf, int fd);

/* All `n` bytes at `off`, or false. */
bool elf_read(const struct elf *elf, uint64_t off, void *to, size_t n);
bool elf_read_at(const struct elf *elf, uint64_t addr, void *to, size_t n);

/* File offset of an address inside a segment with all of `flags`, 0 if there is none. */
uint64_t elf_offset(const struct elf *elf, uint64_t addr, uint32_t flags);

/* Reads a section or segment from its begin to its end in blocks that overlap by `overlap` bytes; stops when `each` is false. */
#define BLOCK_OVERLAP 256
void elf_blocks(const struct elf *elf, uint64_t off, uint64_t size,
		bool (*each)(void *context, uint64_t off, const uint8_t *data, size_t n), void *context);

#endif

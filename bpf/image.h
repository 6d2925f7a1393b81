/* SPDX-License-Identifier: Apache-2.0 */
/* What an executable or library holds of TLS: found by a child without privileges (images.c), in a file that may be hostile. */
#ifndef AI_SPM_IMAGE_H
#define AI_SPM_IMAGE_H

#include <linux/types.h>

#include "image-elf.h"
#include "tls.h"

enum library { LIB_NONE, LIB_OPENSSL, LIB_BORINGSSL, LIB_GNUTLS, LIB_GO, LIB_UNKNOWN, LIBRARIES };
enum tier { TIER_NONE, TIER_SYMBOL, TIER_GOPCLNTAB, TIER_PATTERN, TIERS };

#define PLACES_MAX 96
/* A longer function than Go's largest, or more symbols and functions than any program has, is not looked through. */
#define FUNCTION_MAX (64 << 10)
#define SYMBOLS_MAX (512ULL << 20)

struct place {
	uint64_t off; /* in the file */
	uint32_t function; /* enum tls_function */
	bool exit; /* where it returns: a RET of its own, or OpenSSL's by the kernel's return probe */
};

/* Travels by a pipe, whole; whoever reads it checks the ranges. */
struct finding {
	int err; /* positive errno */
	enum library library;
	enum tier tier;
	bool opaque; /* there is a TLS library in it whose functions were not found */
	int build_id_len;
	uint8_t build_id[BUILD_ID_MAX];
	int count;
	struct place places[PLACES_MAX];
	char why[96];
};

void image_find(int fd, struct finding *out);

/* image-symbols.c: values of defined functions by name, from .dynsym and .symtab. */
struct symbol {
	const char *name;
	uint64_t addr, size;
};
void symbols_find(const struct elf *elf, struct symbol *symbols, int count);

/* image-pclntab.c: a Go program's functions by its own table. False: no such table, or none that can be read. */
struct extent {
	uint64_t addr, size;
};
bool pclntab_find(const struct elf *elf, const char *const *names, struct extent *found, int count);

bool pclntab_locate(struct elf *elf); /* where no section names it */

/* image-returns.c: file offsets of every RET of the function; -1 where it cannot be decoded or there are too many. */
int returns_find(const struct elf *elf, const struct extent *function, uint64_t *offs, int max);
/* Does it begin as a Go function of the register ABI does? */
bool go_prologue(const struct elf *elf, uint64_t addr);

/* image-x86.c: bytes of the instruction at `code`, 0 if it is none. */
int x86_length(const uint8_t *code, size_t n);

/* image-patterns.c: functions of stripped builds whose code is known. */
bool patterns_find(const struct elf *elf, struct finding *out);

/* image-markers.c: names the TLS library that the file's text betrays, or LIB_NONE. */
enum library markers_find(const struct elf *elf, const char **what);

#endif

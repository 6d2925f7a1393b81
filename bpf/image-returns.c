// SPDX-License-Identifier: Apache-2.0
/* Where a Go function returns. The kernel's return probes would break its moving stacks, so each RET has one of its own. */
#include <string.h>

#include "image.h"

#define PF_X 1

#if defined(__x86_64__)
static int length(const uint8_t *code, size_t n)
{
	return x86_length(code, n);
}

static bool is_return(const uint8_t *code, int len)
{
	return (len == 1 && code[0] == 0xc3) || (len == 3 && code[0] == 0xc2);
}

/* cmp rsp, [r14+16]; large frames compare the stack pointer's later value, in r12. */
bool go_prologue(const struct elf *elf, uint64_t addr)
{
	static const uint8_t small[] = { 0x49, 0x3b, 0x66, 0x10 }, large[] = { 0x4d, 0x3b, 0x66, 0x10 };
	uint8_t code[12];

	if (!elf_offset(elf, addr, PF_X) || !elf_read_at(elf, addr, code, sizeof(code)))
		return false;
	if (!memcmp(code, small, sizeof(small)))
		return true;
	if (code[0] != 0x4c || code[1] != 0x8d) /* lea r12, [rsp-n] */
		return false;
	return !memcmp(code + 5, large, sizeof(large)) || !memcmp(code + 8, large, sizeof(large));
}
#elif defined(__aarch64__)
static int length(const uint8_t *code, size_t n)
{
	return n >= 4 ? 4 : 0;
}

static bool is_return(const uint8_t *code, int len)
{
	static const uint8_t ret[] = { 0xc0, 0x03, 0x5f, 0xd6 };

	return !memcmp(code, ret, sizeof(ret));
}

/* ldr x16, [x28, #16] */
bool go_prologue(const struct elf *elf, uint64_t addr)
{
	static const uint8_t load[] = { 0x90, 0x0b, 0x40, 0xf9 };
	uint8_t code[4];

	return elf_offset(elf, addr, PF_X) && elf_read_at(elf, addr, code, sizeof(code)) &&
	       !memcmp(code, load, sizeof(load));
}
#endif

int returns_find(const struct elf *elf, const struct extent *function, uint64_t *offs, int max)
{
	static uint8_t code[FUNCTION_MAX];
	uint64_t off = elf_offset(elf, function->addr, PF_X);
	size_t at = 0;
	int count = 0, len;

	if (!off || function->size > sizeof(code) || !elf_read(elf, off, code, function->size))
		return -1;
	for (; at < function->size; at += len) {
		len = length(code + at, function->size - at);
		if (len == 0)
			return -1;
		if (!is_return(code + at, len))
			continue;
		if (count == max)
			return -1;
		offs[count++] = off + at;
	}
	return count;
}

// SPDX-License-Identifier: Apache-2.0
// The image finder by itself. `image-find FILE…` prints what it finds; `image-find --decode FILE` the offset and length
// of every instruction of .text, which objdump can be held against; `image-find --damage SEED TIMES FILE` looks into
// that many damaged copies, and a sanitizer watches.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../bpf/image.h"

static const char *const libraries[] = { "none", "openssl", "boringssl", "gnutls", "go", "unknown" };
static const char *const tiers[] = { "none", "symbol", "gopclntab", "pattern" };

static void print(const char *path, const struct finding *f)
{
	printf("{\"path\":\"%s\",\"err\":%d,\"library\":\"%s\",\"tier\":\"%s\",\"opaque\":%s,\"why\":\"%s\",\"places\":[",
	       path, f->err, libraries[f->library], tiers[f->tier], f->opaque ? "true" : "false", f->why);
	for (int i = 0; i < f->count; i++)
		printf("%s{\"off\":%llu,\"function\":%u,\"exit\":%s}", i ? "," : "",
		       (unsigned long long)f->places[i].off, f->places[i].function, f->places[i].exit ? "true" : "false");
	printf("],\"build_id\":\"");
	for (int i = 0; i < f->build_id_len; i++)
		printf("%02x", f->build_id[i]);
	printf("\"}\n");
}

static int decode(const char *path)
{
	struct elf elf;
	uint8_t *code;

	if (elf_open(&elf, open(path, O_RDONLY)) || !elf.text.size || !(code = malloc(elf.text.size)) ||
	    !elf_read(&elf, elf.text.off, code, elf.text.size))
		return 1;
	for (uint64_t at = 0; at < elf.text.size;) {
		int len = x86_length(code + at, elf.text.size - at);

		printf("%llx %d\n", (unsigned long long)(elf.text.addr + at), len);
		at += len ? len : 1;
	}
	return 0;
}

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

/* Headers and tables are small and matter most: three of four hits go to the first or the last part of the file. */
static void damage(uint8_t *bytes, size_t n, uint64_t *state)
{
	for (int hits = 1 + next(state) % 40; hits > 0; hits--) {
		size_t part = n < 8192 ? n : 8192, at = next(state) % n;

		switch (next(state) % 4) {
		case 0: at = next(state) % part; break;
		case 1: at = n - 1 - next(state) % part; break;
		case 2: at = next(state) % (n < 512 ? n : 512); break;
		}
		bytes[at] = next(state) % 3 ? next(state) : 0xff;
	}
}

static int fuzz(uint64_t seed, int times, const char *path)
{
	uint64_t state = seed * 2654435761u + 1;
	int in = open(path, O_RDONLY), out = memfd_create("damaged", 0), found = 0;
	off_t size = lseek(in, 0, SEEK_END);
	uint8_t *whole = mmap(NULL, size, PROT_READ, MAP_PRIVATE, in, 0), *bytes = malloc(size);

	for (int i = 0; i < times; i++) {
		size_t n = next(&state) % 4 ? (size_t)size : 1 + next(&state) % size;
		struct finding f;

		memcpy(bytes, whole, n);
		damage(bytes, n, &state);
		if (ftruncate(out, 0) || pwrite(out, bytes, n, 0) != (ssize_t)n)
			return 1;
		image_find(out, &f);
		found += f.count > 0;
		for (int k = 0; k < f.count; k++)
			if (f.places[k].off >= n)
				return printf("place outside the file\n"), 1;
	}
	printf("{\"times\":%d,\"found\":%d}\n", times, found);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--decode"))
		return decode(argv[2]);
	if (argc == 5 && !strcmp(argv[1], "--damage"))
		return fuzz(strtoull(argv[2], NULL, 10), atoi(argv[3]), argv[4]);
	for (int i = 1; i < argc; i++) {
		struct finding f;
		int fd = open(argv[i], O_RDONLY);

		image_find(fd, &f);
		print(argv[i], &f);
		close(fd);
	}
	return 0;
}

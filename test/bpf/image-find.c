// SPDX-License-Identifier: Apache-2.0
// The image finder by itself. `image-find FILE…` prints what it finds; `image-find --decode FILE` the lengths of the
// instructions at the addresses on standard input; `image-find --damage SEED TIMES FILE` looks into
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

/* Lengths of the instructions at the addresses that come on standard input. */
static int decode(const char *path)
{
	struct elf elf;
	unsigned long long addr;

	if (elf_open(&elf, open(path, O_RDONLY)) || !elf.load_count)
		return 1;
	while (scanf("%llx", &addr) == 1) {
		uint8_t code[16] = { 0 };

		printf("%d\n", elf_read_at(&elf, addr, code, sizeof(code)) ? x86_length(code, sizeof(code)) : -1);
	}
	return 0;
}

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

/* Headers and the first entries of tables decide most: seven of eight hits go there. */
static int hot_spots(const char *path, uint64_t size, uint64_t *spots)
{
	struct elf elf;
	int fd = open(path, O_RDONLY), n = 0;

	elf_open(&elf, fd);
	spots[n++] = 0;
	spots[n++] = 64;
	spots[n++] = size > 4096 ? size - 4096 : 0;
	spots[n++] = elf.dynsym.off;
	spots[n++] = elf.dynstr.off;
	spots[n++] = elf.symtab.off;
	spots[n++] = elf.pclntab.off;
	spots[n++] = elf.module.off;
	spots[n++] = elf.rela.off;
	close(fd);
	return n;
}

static void damage(uint8_t *bytes, size_t n, const uint64_t *spots, int count, uint64_t *state)
{
	for (int hits = 1 + next(state) % 40; hits > 0; hits--) {
		size_t at = next(state) % 8 ? spots[next(state) % count] + next(state) % 128 : next(state) % n;

		if (at < n)
			bytes[at] = next(state) % 3 ? next(state) : 0xff;
	}
}

static bool outside(const struct finding *f, size_t n)
{
	for (int i = 0; i < f->count; i++)
		if (f->places[i].off >= n)
			return true;
	return f->count > PLACES_MAX || f->err < 0;
}

static int fuzz(uint64_t seed, int times, const char *path)
{
	uint64_t state = seed * 2654435761u + 1, spots[16];
	int in = open(path, O_RDONLY), out = memfd_create("damaged", 0), found = 0, bad = 0;
	size_t size = lseek(in, 0, SEEK_END);
	uint8_t *whole = mmap(NULL, size, PROT_READ, MAP_PRIVATE, in, 0), *bytes = malloc(size);
	int count = hot_spots(path, size, spots);

	for (int i = 0; i < times && !bad; i++) {
		size_t n = next(&state) % 4 ? size : 1 + next(&state) % size;
		struct finding f;

		memcpy(bytes, whole, n);
		damage(bytes, n, spots, count, &state);
		bad = ftruncate(out, 0) || pwrite(out, bytes, n, 0) != (ssize_t)n;
		image_find(out, &f);
		found += f.count > 0;
		bad |= outside(&f, n);
	}
	free(bytes);
	printf("{\"times\":%d,\"found\":%d,\"bad\":%d}\n", times, found, bad);
	return bad;
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

// SPDX-License-Identifier: Apache-2.0
/*
 * Known code. A stripped runtime with OpenSSL linked into it is told by the begin of SSL_read, which must be there once
 * and no more; the other functions of the same build are then looked for around it.
 */
#include <string.h>

#include "image.h"

#define PF_X 1
#define LONGEST 192
#define AROUND (64 << 10)
#define ANCHOR 12 /* bytes that no signature masks at its begin */

struct signatures {
	enum library library;
	const char *code[TLS_FUNCTIONS];
};

#if defined(__x86_64__)
#include "tls-signatures.h"
#else
static const struct signatures known[1];
#endif

#define KNOWN (int)(sizeof(known) / sizeof(known[0]))

struct pattern {
	uint8_t bytes[LONGEST];
	bool any[LONGEST];
	size_t size;
	uint64_t hits[2]; /* file offsets; a second one makes both worthless */
	int count;
};

static int digit(char c)
{
	return c >= 'a' ? c - 'a' + 10 : c - '0';
}

static void prepare(struct pattern *p, const char *hex)
{
	*p = (struct pattern){ 0 };
	for (; hex && *hex && p->size < LONGEST; hex += 2, p->size++) {
		p->any[p->size] = *hex == '.';
		p->bytes[p->size] = *hex == '.' ? 0 : digit(hex[0]) << 4 | digit(hex[1]);
	}
}

static bool matches(const struct pattern *p, const uint8_t *code)
{
	for (size_t i = 0; i < p->size; i++)
		if (!p->any[i] && p->bytes[i] != code[i])
			return false;
	return true;
}

static void look(struct pattern *p, uint64_t off, const uint8_t *data, size_t n)
{
	const uint8_t *at = data, *hit;

	while (p->size >= ANCHOR && p->count < 2 && (hit = memmem(at, data + n - at, p->bytes, ANCHOR))) {
		at = hit + 1;
		if ((size_t)(data + n - hit) < p->size || !matches(p, hit))
			continue;
		/* Blocks overlap, so the same place may be met twice. */
		if (!p->count || p->hits[0] != off + (hit - data))
			p->hits[p->count++] = off + (hit - data);
	}
}

static struct pattern reads[KNOWN];

static bool scan(void *context, uint64_t off, const uint8_t *data, size_t n)
{
	for (int i = 0; i < KNOWN; i++)
		look(&reads[i], off, data, n);
	return true;
}

/* The other functions of the build whose SSL_read was found at `off`. */
static void add_set(const struct elf *elf, struct finding *out, const struct signatures *set, const struct load *in,
		    uint64_t off)
{
	static uint8_t code[2 * AROUND];
	uint64_t begin = off - in->off > AROUND ? off - AROUND : in->off;
	uint64_t left = in->off + in->size - begin;
	size_t n = left < sizeof(code) ? left : sizeof(code);

	if (!elf_read(elf, begin, code, n))
		return;
	for (uint32_t function = TLS_READ; function < TLS_FUNCTIONS; function++) {
		struct pattern p;

		prepare(&p, set->code[function]);
		look(&p, begin, code, n);
		if (p.count != 1)
			continue;
		out->places[out->count++] = (struct place){ p.hits[0], function, false };
		if (function != TLS_FREE)
			out->places[out->count++] = (struct place){ p.hits[0], function, true };
	}
}

static bool has(const struct finding *f, uint32_t function)
{
	for (int i = 0; i < f->count; i++)
		if (f->places[i].function == function)
			return true;
	return false;
}

static bool try_segment(const struct elf *elf, struct finding *out, const struct load *in)
{
	for (int i = 0; i < KNOWN; i++)
		prepare(&reads[i], known[i].code[TLS_READ]);
	elf_blocks(elf, in->off, in->size, scan, NULL);
	for (int i = 0; i < KNOWN; i++) {
		if (reads[i].count != 1)
			continue;
		add_set(elf, out, &known[i], in, reads[i].hits[0]);
		out->library = known[i].library;
		out->tier = TIER_PATTERN;
		if (has(out, TLS_READ) && has(out, TLS_WRITE))
			return true;
		out->count = 0;
	}
	out->library = LIB_NONE;
	out->tier = TIER_NONE;
	return false;
}

bool patterns_find(const struct elf *elf, struct finding *out)
{
	for (int i = 0; i < elf->load_count; i++)
		if (elf->load[i].flags & PF_X && try_segment(elf, out, &elf->load[i]))
			return true;
	return false;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Length of one x86-64 instruction. A probe in the middle of one would corrupt the program, so what is not known for
 * certain has length 0. Held against objdump over whole binaries by test/bpf/tls-decoder.test.ts.
 */
#include <string.h>

#include "image.h"

#define LENGTH_MAX 15

/* What follows an opcode: nothing, ModRM, and an immediate. */
enum {
	N = 0, /* nothing */
	M = 1, /* ModRM */
	B = 2, /* 1 byte */
	W = 4, /* 2 bytes */
	Z = 8, /* 4 bytes, or 2 after the operand-size prefix */
	X = 16, /* no instruction of 64-bit mode */
	D = 32, /* 4 bytes, whatever the prefix: branches */
	S = 64, /* dealt with by name */
};

static const uint8_t one_byte[256] = {
	M, M, M, M, B, Z, X, X, M, M, M, M, B, Z, X, S, /* 00 */
	M, M, M, M, B, Z, X, X, M, M, M, M, B, Z, X, X,
	M, M, M, M, B, Z, S, X, M, M, M, M, B, Z, S, X, /* 20 */
	M, M, M, M, B, Z, S, X, M, M, M, M, B, Z, S, X,
	S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, /* 40: REX */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
	X, X, S, M, S, S, S, S, Z, M | Z, B, M | B, N, N, N, N, /* 60 */
	B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
	M | B, M | Z, X, M | B, M, M, M, M, M, M, M, M, M, M, M, M, /* 80 */
	N, N, N, N, N, N, N, N, N, N, X, N, N, N, N, N,
	S, S, S, S, N, N, N, N, B, Z, N, N, N, N, N, N, /* a0 */
	B, B, B, B, B, B, B, B, S, S, S, S, S, S, S, S,
	M | B, M | B, W, N, S, S, M | B, M | Z, W | B, N, W, N, N, B, X, N, /* c0 */
	M, M, M, M, X, X, X, N, M, M, M, M, M, M, M, M,
	B, B, B, B, B, B, B, B, D, D, X, B, N, N, N, N, /* e0 */
	S, N, S, S, N, N, S, S, N, N, N, N, N, N, M, M,
};

static const uint8_t two_byte[256] = {
	M, M, M, M, X, N, N, N, N, N, X, N, X, M, N, M | B, /* 00 */
	M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
	M, M, M, M, X, X, X, X, M, M, M, M, M, M, M, M, /* 20 */
	N, N, N, N, N, N, X, N, S, X, S, X, X, X, X, X,
	M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, /* 40 */
	M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
	M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, /* 60 */
	M | B, M | B, M | B, M | B, M, M, M, N, M, M, X, X, M, M, M, M,
	D, D, D, D, D, D, D, D, D, D, D, D, D, D, D, D, /* 80 */
	M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
	N, N, N, M, M | B, M, X, X, N, N, N, M, M | B, M, M, M, /* a0 */
	M, M, M, M, M, M, M, M, M, M, M | B, M, M, M, M, M,
	M, M, M | B, M, M | B, M | B, M | B, M, N, N, N, N, N, N, N, N, /* c0 */
	M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
	M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, /* e0 */
	M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
};

struct decoder {
	const uint8_t *code;
	size_t n, at;
	bool operand16, address32, wide;
};

static int peek(const struct decoder *d, size_t ahead)
{
	return d->at + ahead < d->n ? d->code[d->at + ahead] : -1;
}

/* ModRM, SIB and displacement. */
static bool skip_operand(struct decoder *d)
{
	int modrm = peek(d, 0), sib;

	if (modrm < 0)
		return false;
	d->at++;
	if (modrm >> 6 == 3)
		return true;
	if ((modrm & 7) == 4) {
		sib = peek(d, 0);
		if (sib < 0)
			return false;
		d->at++;
		if (modrm >> 6 == 0 && (sib & 7) == 5)
			d->at += 4;
	} else if (modrm >> 6 == 0 && (modrm & 7) == 5) {
		d->at += 4;
	}
	d->at += modrm >> 6 == 1 ? 1 : modrm >> 6 == 2 ? 4 : 0;
	return true;
}

static bool follow(struct decoder *d, int what)
{
	if (what & (X | S))
		return false;
	if (what & M && !skip_operand(d))
		return false;
	d->at += (what & B ? 1 : 0) + (what & W ? 2 : 0) + (what & D ? 4 : 0);
	if (what & Z)
		d->at += d->operand16 && !d->wide ? 2 : 4;
	return true;
}

/* Opcode maps that come by 0f or by a VEX or EVEX prefix; `vex` ones all have ModRM, but for vzeroupper. */
static bool map_opcode(struct decoder *d, int map, bool vex)
{
	int op = peek(d, 0);

	if (op < 0)
		return false;
	d->at++;
	if (map == 1)
		return follow(d, vex && op != 0x77 ? (two_byte[op] & B) | M : two_byte[op]);
	if (map == 2 || map == 5 || map == 6)
		return follow(d, M);
	return map == 3 && follow(d, M | B);
}

static bool escape(struct decoder *d)
{
	int op = peek(d, 0);

	if (op == 0x38 || op == 0x3a) {
		d->at++;
		return map_opcode(d, op == 0x38 ? 2 : 3, false);
	}
	return map_opcode(d, 1, false);
}

static bool vector(struct decoder *d, int op)
{
	int first = peek(d, 0), map = 1;

	if (first < 0)
		return false;
	if (op == 0xc4)
		map = first & 31;
	else if (op == 0x62)
		map = first & 7;
	d->at += op == 0xc5 ? 1 : op == 0xc4 ? 2 : 3;
	return map_opcode(d, map, true);
}

static bool opcode(struct decoder *d, int op)
{
	int modrm = peek(d, 0);

	if (op == 0x0f)
		return escape(d);
	if (op == 0xc4 || op == 0xc5 || op == 0x62)
		return vector(d, op);
	if (op >= 0xa0 && op <= 0xa3) {
		d->at += d->address32 ? 4 : 8;
		return true;
	}
	if (op >= 0xb8 && op <= 0xbf) {
		d->at += d->wide ? 8 : d->operand16 ? 2 : 4;
		return true;
	}
	if (op == 0xf6 || op == 0xf7) /* test has an immediate, its siblings have none */
		return follow(d, (modrm >> 3 & 7) < 2 ? M | (op == 0xf6 ? B : Z) : M);
	if (op == 0x8f && modrm >> 3 & 7) /* AMD's XOP, long given up */
		return false;
	return follow(d, one_byte[op]);
}

static bool legacy_prefix(struct decoder *d, int op)
{
	d->operand16 |= op == 0x66;
	d->address32 |= op == 0x67;
	return op == 0x66 || op == 0x67 || op == 0xf0 || op == 0xf2 || op == 0xf3 || op == 0x2e || op == 0x36 ||
	       op == 0x3e || op == 0x26 || op == 0x64 || op == 0x65;
}

int x86_length(const uint8_t *code, size_t n)
{
	struct decoder d = { .code = code, .n = n };
	int op = peek(&d, 0);

	while (op >= 0 && d.at < LENGTH_MAX && legacy_prefix(&d, op)) {
		d.at++;
		op = peek(&d, 0);
	}
	if (op >= 0x40 && op <= 0x4f) {
		d.wide = op & 8;
		d.at++;
		op = peek(&d, 0);
	}
	if (op < 0)
		return 0;
	d.at++;
	if (!opcode(&d, op) || d.at > n || d.at > LENGTH_MAX)
		return 0;
	return d.at;
}

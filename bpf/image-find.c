// SPDX-License-Identifier: Apache-2.0
/* From an image's bytes to the places where its TLS plaintext passes: by symbol, by Go's table, by known code. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "image.h"

#define PF_X 1
#define RETURNS_MAX 40

static void add(struct finding *out, uint64_t off, uint32_t function, bool exit)
{
	if (off && out->count < PLACES_MAX)
		out->places[out->count++] = (struct place){ off, function, exit };
}

/* A function's begin, and its end by the kernel's return probe. */
static void add_call(const struct elf *elf, struct finding *out, uint64_t addr, uint32_t function)
{
	uint64_t off = elf_offset(elf, addr, PF_X);

	add(out, off, function, false);
	if (function != TLS_FREE)
		add(out, off, function, true);
}

enum { READ, WRITE, READ_EX, WRITE_EX, FREE, GREASE, GNUTLS_RECV, GNUTLS_SEND, GNUTLS_FREE, NSS, SYMBOLS };

static const char *const symbol_names[SYMBOLS] = {
	[READ] = "SSL_read",
	[WRITE] = "SSL_write",
	[READ_EX] = "SSL_read_ex",
	[WRITE_EX] = "SSL_write_ex",
	[FREE] = "SSL_free",
	[GREASE] = "SSL_CTX_set_grease_enabled", /* of BoringSSL alone */
	[GNUTLS_RECV] = "gnutls_record_recv",
	[GNUTLS_SEND] = "gnutls_record_send",
	[GNUTLS_FREE] = "gnutls_deinit",
	[NSS] = "SSL_ImportFD", /* NSS: its plaintext passes NSPR's layered descriptors */
};

static bool add_set(const struct elf *elf, struct finding *out, const struct symbol *s, const int *which, int count,
		    enum library library)
{
	static const uint32_t functions[] = { TLS_READ, TLS_WRITE, TLS_FREE, TLS_READ_EX, TLS_WRITE_EX };

	for (int i = 0; i < 2; i++)
		if (!elf_offset(elf, s[which[i]].addr, PF_X))
			return false;
	for (int i = 0; i < count; i++)
		if (s[which[i]].addr)
			add_call(elf, out, s[which[i]].addr, functions[i]);
	out->library = library;
	out->tier = TIER_SYMBOL;
	return true;
}

static bool by_symbol(const struct elf *elf, struct finding *out)
{
	static const int ssl[] = { READ, WRITE, FREE, READ_EX, WRITE_EX }, gnutls[] = { GNUTLS_RECV, GNUTLS_SEND,
											GNUTLS_FREE };
	struct symbol s[SYMBOLS] = { 0 };
	bool boring, found;

	for (int i = 0; i < SYMBOLS; i++)
		s[i].name = symbol_names[i];
	symbols_find(elf, s, SYMBOLS);
	if (s[NSS].addr) {
		out->library = LIB_UNKNOWN;
		out->opaque = true;
		snprintf(out->why, sizeof(out->why), "NSS");
		return true;
	}
	boring = s[GREASE].addr || !s[READ_EX].addr;
	found = add_set(elf, out, s, ssl, 5, boring ? LIB_BORINGSSL : LIB_OPENSSL);
	/* A program that has both tells streams by their context pointers; the library of most is named. */
	return add_set(elf, out, s, gnutls, 3, found ? out->library : LIB_GNUTLS) || found;
}

static bool add_go(const struct elf *elf, struct finding *out, const struct extent *e, uint32_t function)
{
	uint64_t offs[RETURNS_MAX];
	int n;

	if (!e->size || !go_prologue(elf, e->addr))
		return false;
	n = returns_find(elf, e, offs, RETURNS_MAX);
	if (n <= 0)
		return false;
	add(out, elf_offset(elf, e->addr, PF_X), function, false);
	for (int i = 0; i < n; i++)
		add(out, offs[i], function, true);
	return true;
}

/* Go's table stands in every Go program, stripped or not, and tells where a function ends: symbols are not needed. */
static bool by_pclntab(const struct elf *elf, struct finding *out)
{
	static const char *const names[] = { "crypto/tls.(*Conn).Read", "crypto/tls.(*Conn).Write",
					     "crypto/tls.(*Conn).Close" };
	struct extent e[3];

	if (!elf->pclntab.size || !pclntab_find(elf, names, e, 3) || !e[0].size)
		return false;
	out->library = LIB_GO;
	if (!add_go(elf, out, &e[0], TLS_READ) || !add_go(elf, out, &e[1], TLS_WRITE)) {
		out->count = 0;
		return false;
	}
	if (e[2].size && go_prologue(elf, e[2].addr))
		add(out, elf_offset(elf, e[2].addr, PF_X), TLS_FREE, false);
	out->tier = TIER_GOPCLNTAB;
	return true;
}

static void by_marker(struct elf *elf, struct finding *out)
{
	const char *what = NULL;

	out->library = markers_find(elf, &what);
	if (out->library == LIB_GO && !elf->pclntab.size && pclntab_locate(elf) && by_pclntab(elf, out))
		return;
	out->opaque = out->library != LIB_NONE;
	if (out->opaque)
		snprintf(out->why, sizeof(out->why), "%s without known functions", what);
}

void image_find(int fd, struct finding *out)
{
	struct elf elf;

	memset(out, 0, sizeof(*out));
	out->err = elf_open(&elf, fd);
	if (out->err || !elf.load_count)
		return;
	memcpy(out->build_id, elf.build_id, sizeof(out->build_id));
	out->build_id_len = elf.build_id_len;
	if (by_symbol(&elf, out) || by_pclntab(&elf, out) || patterns_find(&elf, out))
		return;
	by_marker(&elf, out);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Texts that only the inside of a TLS library holds, and no program that merely calls one: names of handshake states,
 * of source files in its errors. They tell a library whose functions could not be found.
 */
#include <string.h>

#include "image.h"

#define SCAN_MAX (2ULL << 30)

static const struct {
	const char *text;
	enum library library;
	const char *what;
} markers[] = {
	{ "SSLv3/TLS write client hello", LIB_OPENSSL, "OpenSSL" },
	{ "TLS client send_client_hello", LIB_BORINGSSL, "BoringSSL" },
	{ "TLS client start_connect", LIB_BORINGSSL, "BoringSSL" },
	{ "/rustls-0.", LIB_UNKNOWN, "rustls" },
	{ "rustls/src/", LIB_UNKNOWN, "rustls" },
	{ "crypto/tls.(*Conn)", LIB_GO, "Go crypto/tls" },
	{ "MBEDTLS_SSL_CLIENT_HELLO", LIB_UNKNOWN, "mbedTLS" },
	{ "=> write client hello", LIB_UNKNOWN, "mbedTLS" },
	{ "wolfSSL Entering", LIB_UNKNOWN, "wolfSSL" },
	{ "s2n_client_hello_send", LIB_UNKNOWN, "s2n" },
};

static int best; /* index of the first marker that was met, by the table's order */

static bool scan(void *context, uint64_t off, const uint8_t *data, size_t n)
{
	for (int i = 0; i < best; i++)
		if (memmem(data, n, markers[i].text, strlen(markers[i].text)))
			best = i;
	return best > 0;
}

enum library markers_find(const struct elf *elf, const char **what)
{
	const int none = sizeof(markers) / sizeof(markers[0]);
	uint64_t left = SCAN_MAX;

	best = none;
	for (int i = 0; i < elf->load_count; i++) {
		uint64_t size = elf->load[i].size < left ? elf->load[i].size : left;

		elf_blocks(elf, elf->load[i].off, size, scan, NULL);
		left -= size;
	}
	if (best == none)
		return LIB_NONE;
	*what = markers[best].what;
	return markers[best].library;
}

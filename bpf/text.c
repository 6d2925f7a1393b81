// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

static char out[256 * 1024];
static size_t used;
static bool first; /* no comma before the next field */

void text_flush(void)
{
	size_t done = 0;

	while (done < used) {
		ssize_t n = write(STDOUT_FILENO, out + done, used - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			_exit(0); /* nobody reads any more: nothing to be said to anybody */
		done += n;
	}
	used = 0;
}

static void put(char c)
{
	if (used == sizeof(out))
		text_flush();
	out[used++] = c;
}

static void put_raw(const char *text, size_t len)
{
	if (used + len > sizeof(out))
		text_flush();
	if (len > sizeof(out))
		abort(); /* callers split what is long */
	memcpy(out + used, text, len);
	used += len;
}

/* Length of the valid UTF-8 sequence at `s`, 0 if there is none (RFC 3629: no overlongs, no surrogates). */
static size_t utf8(const unsigned char *s, size_t left)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

	if (n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static void put_escaped(const char *bytes, size_t len)
{
	const unsigned char *s = (const unsigned char *)bytes, *end = s + len;
	char escape[8];

	while (s < end) {
		size_t n = utf8(s, end - s);

		if (n == 0) {
			put_raw("\\ufffd", 6);
			n = 1;
		} else if (*s < 0x20 || *s == '"' || *s == '\\' || *s == 0x7f) {
			put_raw(escape, snprintf(escape, sizeof(escape), "\\u%04x", *s));
		} else {
			put_raw((const char *)s, n);
		}
		s += n;
	}
}

static void put_key(const char *key)
{
	if (!first)
		put(',');
	first = false;
	if (key) {
		put('"');
		put_raw(key, strlen(key));
		put_raw("\":", 2);
	}
}

void line_begin(const char *type)
{
	put('{');
	first = true;
	put_str("t", type);
}

void line_end(void)
{
	put_raw("}\n", 2);
}

void put_bytes(const char *key, const char *bytes, size_t len)
{
	put_key(key);
	put('"');
	put_escaped(bytes, len);
	put('"');
}

void put_str(const char *key, const char *text)
{
	put_bytes(key, text, strlen(text));
}

/* By hand: a line of payload has eight numbers, and printf would cost more than its base64. */
static void put_number(uint64_t value, unsigned int base)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = "0123456789abcdef"[value % base];
	while (value /= base);
	put_raw(digits + at, sizeof(digits) - at);
}

void put_u64(const char *key, uint64_t value)
{
	put_key(key);
	put_number(value, 10);
}

static void put_quoted(const char *key, uint64_t value, unsigned int base)
{
	put_key(key);
	put('"');
	put_number(value, base);
	put('"');
}

void put_dec(const char *key, uint64_t value)
{
	put_quoted(key, value, 10);
}

void put_hex(const char *key, uint64_t value)
{
	put_quoted(key, value, 16);
}

void put_bool(const char *key, bool value)
{
	put_key(key);
	if (value)
		put_raw("true", 4);
	else
		put_raw("false", 5);
}

void put_open(const char *key, char bracket)
{
	put_key(key);
	put(bracket);
	first = true;
}

void put_close(char bracket)
{
	put(bracket);
	first = false;
}

/* Two digits for every 12 bits, so that three bytes take two look-ups. */
static const char *digit_pairs(void)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static char pairs[4096 * 2];

	if (!pairs[0])
		for (int i = 0; i < 4096; i++) {
			pairs[i * 2] = digits[i >> 6];
			pairs[i * 2 + 1] = digits[i & 63];
		}
	return pairs;
}

/* `len` is a multiple of three, but for the last block. */
static void put_base64_block(const unsigned char *data, size_t len)
{
	const char *pairs = digit_pairs();
	char *to;
	size_t i;

	if (used + (len + 2) / 3 * 4 > sizeof(out))
		text_flush();
	to = out + used;
	for (i = 0; i < len; i += 3, to += 4) {
		size_t left = len - i;
		uint32_t word = data[i] << 16 | (left > 1 ? data[i + 1] << 8 : 0) | (left > 2 ? data[i + 2] : 0);

		memcpy(to, pairs + (word >> 12) * 2, 2);
		memcpy(to + 2, pairs + (word & 4095) * 2, 2);
	}
	for (; i > len; i--)
		to[-(ptrdiff_t)(i - len)] = '=';
	used = to - out;
}

#define BASE64_BLOCK (48 * 1024)

void put_base64(const char *key, const unsigned char *data, size_t len)
{
	put_key(key);
	put('"');
	for (size_t i = 0; i < len; i += BASE64_BLOCK)
		put_base64_block(data + i, len - i < BASE64_BLOCK ? len - i : BASE64_BLOCK);
	put('"');
}
